import { availableParallelism, platform } from "node:os";
import { join } from "node:path";
import { createSystemClock, type Clock } from "../shared/clock.ts";
import { RoomlineError } from "../shared/errors.ts";
import { isName, systemIds, type IdSource } from "../shared/ids.ts";
import { checkNames, nearestName, type NamesOf } from "../shared/known-names.ts";
import { defaultLimits, type Limits } from "../shared/limits.ts";
import { systemRandom, type RandomSource } from "../shared/random.ts";
import type { AdminRole, AdminToken } from "./admin-token.ts";
import type { Authenticate } from "./connection/authenticate.ts";
import { containedLog } from "./observe/contained-log.ts";
import { createConsoleLog } from "./observe/console-log.ts";
import type { Log } from "./observe/log.ts";
import type { Place } from "./nodes/placement.ts";
import type { RoomStore } from "./store/room-store.ts";
import { isRoomType, type RoomType } from "./room/define-room.ts";
import { resolveRoomTypeConfig, type RoomTypeConfig } from "./room/config.ts";
import { parseTarget } from "../shared/transport/server-target.ts";
import { allowOrigins, originFault, type OriginPolicy } from "./transport/origin-policy.ts";
import type { PortRequest, PortResponse } from "./transport/request-handler.ts";
import type { TlsConfig } from "./transport/tls-options.ts";
import {
  createTrustedProxies,
  proxyFault,
  type TrustedProxies,
} from "./transport/trusted-proxies.ts";

/** What an engine can be told: everything but the network. */
export interface EngineOptions {
  /** Room types by name: 1 to 128 characters. */
  readonly rooms: Readonly<Record<string, RoomType>>;
  /**
   * Says who a client is, by its token. Default: dev mode, where clients name themselves. Throw a RoomlineError to turn a
   * client away: it is told the message.
   */
  readonly authenticate?: Authenticate;
  /** Bounds that differ from the defaults, which are in docs/limits.md. */
  readonly limits?: Partial<Limits>;
  /** Name of this server in Welcome, logs and metrics. Default: a random id. */
  readonly node?: string;
  /**
   * Where clients come back to, when it is not where they dialled: `HOST:PORT`, with an IPv6 address in brackets, or a URL as
   * `connect` takes it. Default: empty.
   */
  readonly resumeAddress?: string;
  /**
   * Default: warnings and errors on the console; `silentLog` says nothing. A pino logger fits. Lines it fails to write are
   * lost, and nothing else.
   */
  readonly log?: Log;
  /** Default: the clock of the machine. */
  readonly clock?: Clock;
  readonly random?: RandomSource;
  readonly ids?: IdSource;
}

/** What a server can be told. */
export interface ServerOptions extends EngineOptions {
  /**
   * Default: with `authenticate` all interfaces, over IPv6 ("::") and IPv4 where the machine has both; in dev mode this machine
   * alone ("localhost": 127.0.0.1, and ::1 where there is IPv6). "::" or "0.0.0.0" is all in any case. An IPv6 address may stand in brackets.
   */
  readonly host?: string;
  /** 0 to 65535; 0 takes a free one. Default: the environment variable PORT, else 50051. */
  readonly port?: number;
  /** Certificates; without them the port is cleartext. */
  readonly tls?: TlsConfig;
  /**
   * The secret of operators: AdminService and the monitor page want it as a bearer token. Default: none, then they are off
   * when there is `authenticate`, and in dev mode answer programs on this machine only (rule AD-1). Short for one of
   * `adminTokens`, of the name `admin` and the role `operate`.
   */
  readonly adminToken?: string;
  /** Secrets of several operators, each with a name and a role. Default: none. */
  readonly adminTokens?: readonly AdminToken[];
  /**
   * Pages of other origins that may connect, as browsers send them: `https://game.example`, `https://*.game.example` for all
   * subdomains, `http://localhost:*` for all ports, `capacitor://localhost` and the like for app shells and extensions,
   * `null` for files and sandboxed frames, `*` for all (rule WS-2). Pages this server serves itself always may, and in dev
   * mode those served from this machine. Default: none.
   */
  readonly allowedOrigins?: readonly string[];
  /**
   * Proxies in front of the server, by address or range (`10.0.0.0/8`): what they say in X-Forwarded-For is taken for the
   * address of who connects or asks, in logs, for `authenticate` and for the bounds of one address. Default: none; then a proxy
   * counts as one visitor.
   */
  readonly trustedProxies?: readonly string[];
  /** A folder whose files are served to browsers, `index.html` at `/`. Default: none. */
  readonly staticDir?: string;
  /**
   * Answers requests that are for nothing of the server's: routes of your own, such as an Express app, on the same port. It is
   * given what `node:http` gives, and with `tls` what `node:http2` gives to who speaks that. What it throws or rejects with is
   * logged and answered with 500. Pages of other origins get to it as to all of the port: by `allowedOrigins`. Default: 404.
   */
  onRequest?(this: void, request: PortRequest, response: PortResponse): unknown;
  /**
   * How many processes the server is, each on a core of its own: 1 to 256, or "auto" for as many as there are cores. The program is
   * started again for each (docs/scaling.md). Not on Windows. Default: 1, this one.
   */
  readonly workers?: number | "auto";
  /**
   * Where new rooms are made, with several workers: returns the name of one of those it is given, at once. When it throws or names none
   * of them, that is in the log, and the default decides. Default: where their first player is, unless that one is busy.
   */
  readonly place?: Place;
  /**
   * Where rooms with a `durability` are kept: `sqlite("data")`. Not with several workers, for now. Default: nowhere, which is an error
   * when there are such rooms.
   */
  readonly store?: RoomStore;
  /**
   * A folder to which rooms whose type has `record` are recorded, each to a folder of its own (docs/replay.md). Default: with a `store` that
   * is a folder, `recordings` in it; else they are recorded in memory, for as long as the server runs.
   */
  readonly recordDir?: string;
}

/** An engine's options, checked and complete. */
export interface EngineConfig {
  readonly roomTypes: ReadonlyMap<string, RoomTypeConfig>;
  readonly authenticate: Authenticate | undefined;
  readonly limits: Limits;
  readonly node: string;
  readonly resumeAddress: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly ids: IdSource;
}

/** A server's options, checked and complete. */
export interface ServerConfig extends EngineConfig {
  /** Undefined: all interfaces. */
  readonly host: string | undefined;
  readonly port: number;
  readonly tls: TlsConfig | undefined;
  readonly adminTokens: readonly AdminToken[];
  readonly origins: OriginPolicy;
  readonly proxies: TrustedProxies;
  readonly staticDir: string | undefined;
  readonly onRequest: ServerOptions["onRequest"];
  readonly workers: number;
  readonly place: Place | undefined;
  readonly store: RoomStore | undefined;
  readonly recordDir: string | undefined;
}

/** What an engine can be told, by name. */
export const engineOptionNames: NamesOf<EngineOptions> = {
  rooms: true,
  authenticate: true,
  limits: true,
  node: true,
  resumeAddress: true,
  log: true,
  clock: true,
  random: true,
  ids: true,
};

const serverOptionNames: NamesOf<ServerOptions> = {
  ...engineOptionNames,
  host: true,
  port: true,
  tls: true,
  adminToken: true,
  adminTokens: true,
  allowedOrigins: true,
  trustedProxies: true,
  staticDir: true,
  onRequest: true,
  workers: true,
  place: true,
  store: true,
  recordDir: true,
};

const tlsNames: NamesOf<TlsConfig> = {
  cert: true,
  key: true,
  ca: true,
  requireClientCertificate: true,
};

/** @throws RoomlineError `invalid-config`: one line that names the option */
export function resolveEngineConfig(options: EngineOptions): EngineConfig {
  // The compiler sees to it, where there is one.
  const given: unknown = options.rooms;
  if (given === undefined) throw invalid("rooms is missing", "{ name: defineRoom(…) }");
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    const shown = Array.isArray(given) ? "an array" : `a ${typeof given}`;
    throw invalid(`rooms is ${shown}`, "an object that names room types: { name: defineRoom(…) }");
  }
  const limits = resolveLimits(options.limits ?? {});
  const ids = options.ids ?? systemIds;
  const roomTypes = new Map<string, RoomTypeConfig>();
  for (const [name, room] of Object.entries(options.rooms)) {
    if (name === "" || name.length > 128)
      throw invalid(`a room type is named "${name}"`, "1 to 128 characters");
    if (!isRoomType(room)) throw invalid(`rooms.${name} is no room type`, "made by defineRoom(…)");
    roomTypes.set(name, resolveRoomTypeConfig(name, room, limits));
  }
  return {
    roomTypes,
    authenticate: options.authenticate,
    limits,
    node: options.node ?? ids.id(),
    resumeAddress: resolveResumeAddress(options.resumeAddress),
    log: containedLog(options.log ?? createConsoleLog()),
    clock: options.clock ?? createSystemClock(),
    random: options.random ?? systemRandom,
    ids,
  };
}

/** @throws RoomlineError `invalid-config`: one line that names the option */
export function resolveServerConfig(
  options: ServerOptions,
  environment: { readonly PORT?: string | undefined } = {},
): ServerConfig {
  checkNames("createServer", options, serverOptionNames);
  // Anything else that it may be is refused where it is used.
  if (Object(options.tls) === options.tls) checkNames("tls cannot be used", options.tls, tlsNames);
  const port = options.port ?? resolvePort(environment.PORT);
  if (!isPort(port)) {
    const shown = Number.isNaN(port) ? "NaN" : JSON.stringify(port);
    throw invalid(`port is ${shown}`, portRange);
  }
  const engine = resolveEngineConfig(options);
  return {
    ...engine,
    host: resolveHost(options),
    port,
    tls: options.tls,
    adminTokens: resolveAdminTokens(options),
    origins: resolveOriginPolicy(options),
    proxies: resolveProxies(options),
    staticDir: options.staticDir,
    onRequest: resolveOnRequest(options),
    workers: resolveWorkers(options),
    place: resolvePlace(options),
    store: resolveStore(options, engine),
    recordDir: resolveRecordDir(options),
  };
}

function resolveResumeAddress(address = ""): string {
  try {
    if (address !== "") parseTarget(address);
    return address;
  } catch (error) {
    throw new RoomlineError(
      "invalid-config",
      `resumeAddress: ${RoomlineError.from(error).message}`,
    );
  }
}

function resolveOnRequest(options: ServerOptions): ServerOptions["onRequest"] {
  const given: unknown = options.onRequest;
  if (given === undefined || typeof given === "function") return options.onRequest;
  throw invalid(`onRequest is a ${typeof given}`, "a function: (request, response) => …");
}

/** How many processes the server is. @throws RoomlineError `invalid-config` */
export function resolveWorkers({ workers = 1 }: Pick<ServerOptions, "workers">): number {
  const count = workers === "auto" ? availableParallelism() : workers;
  if (!Number.isInteger(count) || count < 1 || count > 256)
    throw invalid(
      `workers is ${JSON.stringify(workers)}`,
      'a whole number from 1 to 256, or "auto"',
    );
  if (count > 1 && platform() === "win32")
    throw new RoomlineError(
      "invalid-config",
      "workers: Windows hands no sockets over between processes as this needs. Leave it out, or run the server in WSL or a container.",
    );
  return count;
}

function resolvePlace({ place }: ServerOptions): ServerOptions["place"] {
  const given: unknown = place;
  if (given === undefined || typeof given === "function") return place;
  throw invalid(
    `place is a ${typeof given}`,
    "a function that returns the name of a node: ({ roomType, from }, nodes) => …",
  );
}

function resolveRecordDir({ recordDir, store }: ServerOptions): string | undefined {
  const given: unknown = recordDir;
  if (given === undefined) return store?.folder && join(store.folder, "recordings");
  if (typeof given === "string" && given !== "") return given;
  throw invalid(`recordDir is ${JSON.stringify(given)}`, "the path of a folder");
}

/** A room that is to be stored needs a place for it. */
function resolveStore(
  { store }: ServerOptions,
  { roomTypes }: EngineConfig,
): RoomStore | undefined {
  const given = store as { readonly open?: unknown } | null | undefined;
  if (given !== undefined && typeof given?.open !== "function")
    throw invalid("store is no store", 'one such as sqlite("data")');
  for (const { type, durability } of roomTypes.values()) {
    if (durability !== "volatile" && store === undefined)
      throw invalid(
        `room type "${type}" has durability "${durability}", and store is missing`,
        'one such as sqlite("data"), or --data data of roomline serve',
      );
  }
  return store;
}

/** Where anybody may be anybody, nobody comes in from elsewhere unless that is asked for. */
function resolveHost({ host, authenticate }: ServerOptions): string | undefined {
  if (host !== undefined) return host.replace(/^\[(.*)\]$/, "$1");
  return authenticate === undefined ? "localhost" : undefined;
}

const portRange = "a whole number from 0 to 65535";

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= 65_535;
}

/** The port that the environment names, as hosters do; else the default. */
function resolvePort(text = ""): number {
  if (text === "") return 50_051;
  const port = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!isPort(port)) throw invalid(`the environment variable PORT is "${text}"`, portRange);
  return port;
}

function resolveAdminTokens({ adminToken, adminTokens = [] }: ServerOptions): AdminToken[] {
  if (adminToken !== undefined && adminToken.length < 8)
    throw invalid("adminToken is too short", "a secret of 8 characters or more");
  const tokens = [...adminTokens];
  if (adminToken !== undefined) tokens.push({ name: "admin", token: adminToken, role: "operate" });
  const names = new Set<string>();
  const secrets = new Set<string>();
  for (const { name, token, role } of tokens) {
    if (typeof name !== "string" || !isName(name) || name.length > 64)
      throw invalid("adminTokens has one without a name", "a name of 1 to 64 characters");
    if (names.has(name))
      throw invalid(`adminTokens has two of the name "${name}"`, "one of a name");
    if (typeof token !== "string" || token.length < 8)
      throw invalid(`the token "${name}" of adminTokens is too short`, "8 characters or more");
    if (secrets.has(token))
      throw invalid(
        `the token "${name}" of adminTokens is that of another name`,
        "a secret of its own",
      );
    if (!roles.includes(role))
      throw invalid(`the role of "${name}" in adminTokens is "${role}"`, "read or operate");
    names.add(name);
    secrets.add(token);
  }
  return tokens;
}

const roles: readonly AdminRole[] = ["read", "operate"];

function resolveOriginPolicy({ allowedOrigins = [], authenticate }: ServerOptions): OriginPolicy {
  for (const origin of allowedOrigins) {
    const fault = originFault(origin);
    if (fault !== undefined) throw invalid(`allowedOrigins has "${origin}"`, fault);
  }
  return { allowed: allowOrigins(allowedOrigins), localPages: authenticate === undefined };
}

function resolveProxies({ trustedProxies = [] }: ServerOptions): TrustedProxies {
  if (!Array.isArray(trustedProxies))
    throw invalid(`trustedProxies is a ${typeof trustedProxies}`, 'a list, such as ["10.0.0.0/8"]');
  for (const entry of trustedProxies) {
    const fault = proxyFault(entry);
    if (fault !== undefined) throw invalid(`trustedProxies has "${entry}"`, fault);
  }
  return createTrustedProxies(trustedProxies);
}

/** Ranges of the limits that are not simply "a number of 1 or more". */
const ranges: Partial<Record<keyof Limits, readonly [min: number, max: number]>> = {
  connectionLifetimeMs: [0, Infinity],
  emptyRoomDelayMs: [0, Infinity],
  roomLogAgeMsMax: [1, Infinity],
  inboundFrameBytesMax: [1_024, 5_242_880],
  outboundFrameBytesMax: [1_024, 5_242_880],
  messageBytesMax: [1_024, 5_242_880],
  statePartBytesMax: [1_024, 5_242_880],
  receiveWindowBytes: [65_535, 2 ** 31 - 1],
  metricsReportIntervalMs: [0, Infinity],
  drainTimeoutMs: [0, Infinity],
};

function resolveLimits(given: Partial<Limits>): Limits {
  const limits: Record<string, number> = { ...defaultLimits };
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(defaultLimits, name)) {
      const nearest = nearestName(name, Object.keys(defaultLimits));
      const meant =
        nearest === undefined ? "docs/limits.md lists them." : `did you mean "${nearest}"?`;
      throw new RoomlineError("invalid-config", `limits.${name} is not a limit; ${meant}`);
    }
    const [min, max] = ranges[name as keyof Limits] ?? [1, Infinity];
    if (!(value >= min && value <= max)) {
      throw invalid(
        `limits.${name} is ${value}`,
        max === Infinity ? `a number of ${min} or more` : `a number from ${min} to ${max}`,
      );
    }
    limits[name] = value;
  }
  // Every key of defaultLimits is there, and nothing else.
  return limits as Limits;
}

function invalid(what: string, expected: string): RoomlineError {
  return new RoomlineError("invalid-config", `${what}; it has to be ${expected}.`);
}
