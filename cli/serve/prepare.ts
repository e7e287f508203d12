import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import {
  defaultLimits,
  RoomlineError,
  sqlite,
  type Log,
  type RoomStore,
  type ServerOptions,
  type TlsConfig,
} from "roomline/server";
import type { Checked } from "../options/option-reader.ts";
import { loadRoomModule, modulePathMistake, type RoomModule } from "./room-module.ts";
import { createServeLog } from "./serve-log.ts";
import type { ServeOptions, TlsFiles } from "./serve-options.ts";

/** All a server needs, read and checked. */
export interface Prepared {
  readonly options: Omit<ServerOptions, "log">;
  readonly log: Log;
  readonly drainTimeoutMs: number;
}

/** What was asked for, and what there is. */
interface ServeRequest {
  /** Path of the user's module; undefined for the demo rooms. */
  readonly module: string | undefined;
  readonly checked: Checked<ServeOptions>;
  readonly demo: RoomModule;
  /** Whether somebody reads the log along. */
  readonly isTerminal: boolean;
}

/** Reads what the options name: certificates, the module, the log's printer. Every mistake is a line. */
export async function prepareServe(request: ServeRequest): Promise<Checked<Prepared>> {
  const { module, checked, demo, isTerminal } = request;
  if (!checked.ok) {
    const missing = module === undefined ? undefined : modulePathMistake(module);
    const also = missing === undefined ? [] : [missing];
    return { ok: false, mistakes: [...checked.mistakes, ...also] };
  }
  const { logLevel, logFormat, limits, dataDir, recordDir } = checked.value;
  const mistakes: string[] = [];
  const note = <T>(part: Checked<T>): T | undefined => {
    if (part.ok) return part.value;
    mistakes.push(...part.mistakes);
    return undefined;
  };
  const tls = checked.value.tls && note(readTls(checked.value.tls));
  const rooms = module === undefined ? demo : note(await loadUnlessWrong(module, mistakes));
  const log = await createServeLog({ level: logLevel, format: logFormat, isTerminal });
  if (log === undefined)
    mistakes.push(
      '--log-format is "pretty", which needs a package: npm install pino-pretty, or take json.',
    );
  const store = note(storeIn(dataDir));
  if (mistakes.length > 0 || rooms === undefined || log === undefined)
    return { ok: false, mistakes };
  const options = {
    ...serverOptions(checked.value, rooms),
    ...(tls !== undefined && { tls }),
    ...(store !== undefined && { store }),
    ...(recordDir !== undefined && { recordDir }),
  };
  const drainTimeoutMs = limits.drainTimeoutMs ?? defaultLimits.drainTimeoutMs;
  return { ok: true, value: { options, log, drainTimeoutMs } };
}

/** What goes to the server as it was given. */
function serverOptions(asked: ServeOptions, { rooms, authenticate }: RoomModule): ServerOptions {
  const {
    host,
    port,
    node,
    resumeAddress,
    adminToken,
    adminTokens,
    allowedOrigins,
    trustedProxies,
    staticDir,
    limits,
  } = asked;
  return {
    rooms,
    limits,
    adminTokens,
    allowedOrigins,
    trustedProxies,
    ...(authenticate !== undefined && { authenticate }),
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    ...(node !== undefined && { node }),
    ...(resumeAddress !== undefined && { resumeAddress }),
    ...(adminToken !== undefined && { adminToken }),
    ...(staticDir !== undefined && { staticDir }),
  };
}

/** The store in this folder; undefined: rooms are not kept. */
export function storeIn(folder: string | undefined): Checked<RoomStore | undefined> {
  try {
    return { ok: true, value: folder === undefined ? undefined : sqlite(folder) };
  } catch (error) {
    return { ok: false, mistakes: [`--data: ${RoomlineError.from(error).message}`] };
  }
}

/** Runs no code of the user's when it is clear already that nothing will start. */
async function loadUnlessWrong(
  module: string,
  mistakes: readonly string[],
): Promise<Checked<RoomModule>> {
  const missing = modulePathMistake(module);
  if (missing === undefined && mistakes.length === 0) return loadRoomModule(module);
  return { ok: false, mistakes: missing === undefined ? [] : [missing] };
}

function readTls(files: TlsFiles): Checked<TlsConfig> {
  const mistakes: string[] = [];
  const read = (flag: string, path: string): string => {
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      mistakes.push(`Cannot read the file of ${flag}: ${why}.`);
      return "";
    }
  };
  const cert = read("--tls-cert", files.cert);
  const key = read("--tls-key", files.key);
  const ca = files.ca === undefined ? undefined : read("--tls-ca", files.ca);
  const pem = { cert, key, ...(ca !== undefined && { ca }) };
  if (mistakes.length === 0) {
    try {
      createSecureContext(pem);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      mistakes.push(`The files of --tls-cert, --tls-key and --tls-ca do not fit: ${why}.`);
    }
  }
  if (mistakes.length > 0) return { ok: false, mistakes };
  const { requireClientCertificate } = files;
  return { ok: true, value: { ...pem, requireClientCertificate } };
}
