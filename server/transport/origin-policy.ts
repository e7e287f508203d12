/** Which pages may connect (rule WS-2). */
export interface OriginPolicy {
  /** Those of {@link allowOrigins}. */
  readonly allowed: AllowedOrigins;
  /** Whether pages served from the server's own machine may. */
  readonly localPages: boolean;
}

/** Whether an origin is one of those that were named. */
type AllowedOrigins = (origin: string) => boolean;

/** A host, or what stands for one: `*`, and `*.` in front of a domain. */
const hostPattern = /^(?:\*|(?:\*\.)?[\w.-]+|\[[\da-f:.]+\])$/;

/**
 * The origins that a list names: each as browsers send it, such as `https://game.example` or `capacitor://localhost`; `null` for
 * pages without one (files, sandboxed frames); `https://*.game.example` for every subdomain, `http://localhost:*` for
 * every port, `https://*` for every host; `*` for all. Each is expected to have no {@link originFault}.
 */
export function allowOrigins(list: readonly string[]): AllowedOrigins {
  if (list.includes("*")) return () => true;
  const exact = new Set(list);
  const patterns = list.filter((one) => one.includes("*")).map(patternOf);
  return (origin) => exact.has(origin) || patterns.some((pattern) => pattern.test(origin));
}

/** Why no browser would ever send what this names, as the end of the sentence "it has to be …"; undefined: one would. */
export function originFault(text: string): string | undefined {
  if (["*", "null", "file://"].includes(text)) return undefined;
  const [, scheme = "", host = ""] =
    /^([a-z][a-z\d+.-]*):\/\/([^:/?#@]+|\[[^\]]*\])(?::(\d+|\*))?$/.exec(text) ?? [];
  const isWeb = scheme === "http" || scheme === "https";
  if (hostPattern.test(host) && (isWeb ? isWebOrigin(text) : !/^wss?$/.test(scheme)))
    return undefined;
  const meant = meantBy(text);
  return meant === undefined || meant === text
    ? `"*", or like "https://game.example", "https://*.game.example" or "capacitor://localhost"`
    : `"${meant}", as browsers send it`;
}

/**
 * Whether a page of this origin may connect (rule WS-2). `host` is the host the request was sent to. What sends no origin
 * is no page, and may.
 */
export function isAllowedOrigin(
  policy: OriginPolicy,
  { origin, host }: { readonly origin: string | undefined; readonly host: string | undefined },
): boolean {
  if (origin === undefined || policy.allowed(origin)) return true;
  if (!isOrigin(origin)) return false;
  const page = new URL(origin);
  if (page.host === normalHost(page.protocol, host)) return true;
  return policy.localPages && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(page.hostname);
}

/** Whether a text is an origin as browsers send it: scheme, host, and a port that is not the scheme's own. */
function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}

/** The same for a pattern: something has to stand in place of the stars. */
function isWebOrigin(pattern: string): boolean {
  return isOrigin(pattern.replace("://*", "://x").replace(/:\*$/, ":1"));
}

function patternOf(text: string): RegExp {
  const [, scheme = "", host = "", port] = /^([^:]+):\/\/(\*|\[.*\]|[^:]*)(:.*)?$/.exec(text) ?? [];
  const hosts =
    host === "*"
      ? "(?:[^/?#@:\\[\\]\\s]+|\\[[\\da-f:.]+\\])"
      : escaped(host).replace(/^\\\*\\\./, "(?:[\\w-]+\\.)+");
  const ports = port === ":*" ? "(?::\\d+)?" : escaped(port ?? "");
  return new RegExp(`^${escaped(scheme)}://${hosts}${ports}$`);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** The origin that somebody may have had in mind. */
function meantBy(text: string): string | undefined {
  const url = text.trim().replace(/^ws(?=s?:\/\/)/i, "http");
  const scheme = url.startsWith("localhost") ? "http" : "https";
  const withScheme = /^[a-z][a-z\d+.-]*:\/\//i.test(url) ? url : `${scheme}://${url}`;
  if (!URL.canParse(withScheme)) return undefined;
  const { origin, protocol, hostname } = new URL(withScheme);
  return /^https?:$/.test(protocol) && (hostname.includes(".") || hostname === "localhost")
    ? origin
    : undefined;
}

/** A Host header as URLs write it: lower case, without the port that is the scheme's own. */
function normalHost(protocol: string, host = ""): string | undefined {
  const url = `${protocol}//${host}`;
  return URL.canParse(url) ? new URL(url).host : undefined;
}
