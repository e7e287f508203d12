import { defaultLimits, type AdminToken, type Limits } from "roomline/server";
import {
  OptionReader,
  type Checked,
  type Environment,
  type GivenFlags,
} from "../options/option-reader.ts";
import {
  decimal,
  serverAddress,
  nonEmpty,
  oneOf,
  wholeNumber,
  type Reader,
} from "../options/readers.ts";

/** How much is logged. */
const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

/** Files with certificates, in PEM. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | undefined;
  readonly requireClientCertificate: boolean;
}

/** What `roomline serve` was asked for. Undefined: the server's own default. */
export interface ServeOptions {
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly logLevel: (typeof logLevels)[number];
  /** Undefined: pretty on a terminal where that is possible, else JSON. */
  readonly logFormat: "json" | "pretty" | undefined;
  readonly tls: TlsFiles | undefined;
  readonly node: string | undefined;
  readonly resumeAddress: string | undefined;
  readonly adminToken: string | undefined;
  readonly adminTokens: readonly AdminToken[];
  readonly allowedOrigins: readonly string[];
  readonly trustedProxies: readonly string[];
  readonly staticDir: string | undefined;
  readonly limits: Partial<Limits>;
  readonly workers: number | "auto" | undefined;
  /** The folder in which rooms are kept. */
  readonly dataDir: string | undefined;
  /** The folder to which rooms are recorded. */
  readonly recordDir: string | undefined;
}

/** Checks the flags and environment variables of `roomline serve`. */
export function resolveServeOptions(flags: GivenFlags, env: Environment): Checked<ServeOptions> {
  const reader = new OptionReader(flags, env);
  const value: ServeOptions = {
    host: reader.value("--host", nonEmpty("a host name or an IP address")),
    port: reader.value("--port", wholeNumber(0, 65_535)),
    logLevel: reader.value("--log-level", oneOf(logLevels)) ?? "info",
    logFormat: reader.value("--log-format", oneOf(["json", "pretty"])),
    tls: readTls(reader),
    node: reader.value("--node", nonEmpty("a name")),
    resumeAddress: reader.value("--resume-address", serverAddress),
    adminToken: readAdminToken(reader),
    adminTokens: readAdminTokens(reader),
    allowedOrigins: reader
      .values("--allowed-origin", "ROOMLINE_ALLOWED_ORIGINS")
      .map(({ text }) => text),
    trustedProxies: reader
      .values("--trusted-proxy", "ROOMLINE_TRUSTED_PROXIES")
      .map(({ text }) => text),
    staticDir: reader.value("--static", nonEmpty("the path of a folder")),
    limits: readLimits(reader),
    workers: reader.value("--workers", workerCount),
    dataDir: reader.value("--data", nonEmpty("the path of a folder")),
    recordDir: reader.value("--record", nonEmpty("the path of a folder")),
  };
  const { mistakes } = reader;
  return mistakes.length === 0 ? { ok: true, value } : { ok: false, mistakes };
}

/** How many processes there are. */
const workerCount: Reader<number | "auto"> = {
  expected: "a whole number from 1 to 256, or auto",
  read: (text) => (text === "auto" ? text : wholeNumber(1, 256).read(text)),
};

/** A secret is not repeated in what is printed. */
function readAdminToken(reader: OptionReader): string | undefined {
  const token = reader.value("--admin-token", nonEmpty("a secret"));
  if (token === undefined || token.length >= 8) return token;
  reader.complain("--admin-token is too short; it has to be a secret of 8 characters or more.");
  return undefined;
}

/** NAME:ROLE:SECRET, of which the secret is not repeated either. */
function readAdminTokens(reader: OptionReader): readonly AdminToken[] {
  const tokens: AdminToken[] = [];
  const given = reader.values("--operator", "ROOMLINE_ADMIN_TOKENS");
  for (const [index, { source, text }] of given.entries()) {
    const [, name = "", role, token = ""] = /^([^:]+):(read|operate):(.+)$/.exec(text) ?? [];
    if (role === undefined || token.length < 8)
      reader.complain(
        `${source} is wrong at number ${index + 1}; it has to be NAME:read:SECRET or NAME:operate:SECRET, with a secret of 8 characters or more.`,
      );
    else tokens.push({ name, role: role === "read" ? "read" : "operate", token });
  }
  return tokens;
}

function readTls(reader: OptionReader): TlsFiles | undefined {
  const file = nonEmpty("the path of a PEM file");
  const cert = reader.value("--tls-cert", file);
  const key = reader.value("--tls-key", file);
  const ca = reader.value("--tls-ca", file);
  const requireClientCertificate = reader.isSet("--tls-client-auth");
  if (cert !== undefined && key === undefined)
    reader.complain("--tls-cert needs --tls-key, the private key of the certificate.");
  if (cert === undefined && key !== undefined)
    reader.complain("--tls-key needs --tls-cert, the certificate of the key.");
  if (cert === undefined && key === undefined && (ca !== undefined || requireClientCertificate))
    reader.complain(
      `${ca === undefined ? "--tls-client-auth" : "--tls-ca"} needs --tls-cert and --tls-key.`,
    );
  if (requireClientCertificate && ca === undefined)
    reader.complain("--tls-client-auth needs --tls-ca: who may sign the clients' certificates.");
  if (cert === undefined || key === undefined) return undefined;
  return { cert, key, ca, requireClientCertificate };
}

function readLimits(reader: OptionReader): Partial<Limits> {
  const limits: Record<string, number> = {};
  for (const { source, text } of reader.values("--limit")) {
    const [, name = "", number = ""] = /^([^=]*)=(.*)$/.exec(text) ?? [];
    const value = number === "Infinity" ? Infinity : Number(number);
    if (!Object.hasOwn(defaultLimits, name)) {
      const known = name === "" ? "NAME=NUMBER" : closest(name);
      reader.complain(`${source} is "${text}"; it has to be ${known}.`);
    } else if (number.trim() === "" || !(value >= 0)) {
      reader.complain(`${source} is "${text}"; ${name} has to be a number of 0 or more.`);
    } else limits[name] = value;
  }
  const set = (name: keyof Limits, value: number | undefined): void => {
    if (value !== undefined) limits[name] = value;
  };
  const seconds = (flag: string, least: number): number | undefined => {
    const read = reader.value(flag, decimal(least, 86_400, "seconds"));
    return read === undefined ? undefined : read * 1_000;
  };
  set("connectionsMax", reader.value("--max-connections", wholeNumber(1, 1_000_000)));
  set("resumeWindowMs", seconds("--resume-window", 0.1));
  set("metricsReportIntervalMs", seconds("--metrics-interval", 0));
  set("drainTimeoutMs", seconds("--drain-timeout", 0));
  return limits;
}

/** The limits whose names are most like this one, or where to find them. */
function closest(name: string): string {
  const wanted = name.toLowerCase().slice(0, 4);
  const all = Object.keys(defaultLimits);
  const alike = all.filter((known) => known.toLowerCase().includes(wanted));
  if (alike.length === 0) return "one of the limits in docs/limits.md";
  return `a limit that exists, such as ${alike.join(", ")}`;
}
