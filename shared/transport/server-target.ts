import { RoomlineError } from "../errors.ts";
import { webSocketPath } from "./websocket-names.ts";

/** Where a server is, and what was said of the way there. */
interface ServerTarget {
  /** `web`: http:// or https://, what pages speak. Undefined: nothing was said, as in HOST:PORT. */
  readonly speaks: "websocket" | "web" | undefined;
  /** Whether over TLS. Undefined: nothing was said. */
  readonly secure: boolean | undefined;
  /** A name or an address, in brackets if it is of IPv6. */
  readonly hostname: string;
  /** Undefined: that of the scheme. */
  readonly port: number | undefined;
  /** Below which a proxy has the server: empty, or like "/eu". */
  readonly prefix: string;
}

const schemes: Readonly<Record<string, Pick<ServerTarget, "speaks" | "secure">>> = {
  "ws:": { speaks: "websocket", secure: false },
  "wss:": { speaks: "websocket", secure: true },
  "http:": { speaks: "web", secure: false },
  "https:": { speaks: "web", secure: true },
};

const forms = "HOST:PORT, http(s)://HOST[:PORT] or ws(s)://HOST[:PORT], with or without a path";

/**
 * Reads where a server is: `HOST:PORT`, a page's origin, or a WebSocket's URL. An IPv6 address stands in brackets. A path is the
 * one below which a proxy has the server; `/connect` at its end is the WebSocket itself.
 *
 * @throws RoomlineError `invalid-config`: it is none of these, or says what could not be kept: a user, a query, a fragment
 */
export function parseTarget(target: string): ServerTarget {
  // The compiler sees to it, where there is one.
  if (typeof (target as unknown) !== "string" || target === "")
    throw invalid(`The address of a server is missing: it is ${forms}.`);
  const [, scheme, rest = target] = /^([a-z][a-z\d+.-]*:)\/\/(.*)$/is.exec(target) ?? [];
  const said = scheme === undefined ? nothingSaid : schemes[scheme.toLowerCase()];
  const [authority = ""] = rest.split(/[/?#]/, 1);
  if (authority.includes("@")) {
    throw invalid(
      "An address has no user and no password: give the client a token in its options.",
    );
  }
  if (/[?#]/.test(rest)) {
    throw invalid(
      `The address "${withoutQuery(target)}" may have no query and no fragment behind it.`,
    );
  }
  const url = URL.canParse(`http://${rest}`) ? new URL(`http://${rest}`) : undefined;
  if (said === undefined || url === undefined || url.hostname === "" || /\s/.test(target)) {
    const hint = /^[\da-f]*:[\da-f:]*:/i.test(authority)
      ? " An IPv6 address stands in brackets."
      : "";
    throw invalid(`The address of a server is ${forms}, not "${target}".${hint}`);
  }
  // The URL leaves out the port that is the scheme's own.
  const port = /:(\d+)$/.exec(authority)?.[1];
  return {
    ...said,
    hostname: url.hostname,
    port: port === undefined ? undefined : Number(port),
    prefix: prefixOf(url.pathname),
  };
}

/**
 * The address that a server sends its clients on to, complete: what it does not say, scheme and path, is as on the way to the
 * server.
 *
 * @throws RoomlineError `invalid-config`: one of the two is no address
 */
export function nextAddress(from: string, address: string): string {
  const [before, next] = [parseTarget(from), parseTarget(address)];
  if (next.speaks !== undefined || from === address) return address;
  const scheme = /^[a-z]+:\/\//i.exec(from)?.[0] ?? "";
  const port = next.port === undefined ? "" : `:${next.port}`;
  return `${scheme}${next.hostname}${port}${next.prefix === "" ? before.prefix : next.prefix}`;
}

/**
 * The URL of the realtime stream over WebSocket (rule WS-1). `secure`: when the target does not say.
 *
 * @throws RoomlineError `invalid-config`
 */
export function webSocketUrl(target: string, secure: boolean): string {
  return `${urlOf(target, secure, ["ws:", "wss:"])}${webSocketPath}`;
}

/**
 * The URL that the paths of services stand behind. `secure`: when the target does not say.
 *
 * @throws RoomlineError `invalid-config`
 */
export function servicesUrl(target: string, secure: boolean): string {
  return urlOf(target, secure, ["http:", "https:"]);
}

const nothingSaid = { speaks: undefined, secure: undefined } as const;

function urlOf(text: string, secure: boolean, [plain, safe]: readonly [string, string]): string {
  const target = parseTarget(text);
  const scheme = (target.secure ?? secure) ? safe : plain;
  const port = target.port === undefined ? "" : `:${target.port}`;
  return `${new URL(`${scheme}//${target.hostname}${port}`).origin}${target.prefix}`;
}

/** What stands before the path of the WebSocket, without a slash at its end. */
function prefixOf(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  return trimmed.endsWith(webSocketPath) ? trimmed.slice(0, -webSocketPath.length) : trimmed;
}

/** Behind the question mark there may be secrets. */
function withoutQuery(target: string): string {
  return target.replace(/[?#].*$/s, "");
}

function invalid(message: string): RoomlineError {
  return new RoomlineError("invalid-config", message);
}
