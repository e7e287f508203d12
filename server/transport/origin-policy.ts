/** Which pages may connect (rule WS-2). */
export interface OriginPolicy {
  /** Origins such as `https://game.example`, or `*`. */
  readonly allowed: ReadonlySet<string>;
  /** Whether pages served from the server's own machine may. */
  readonly localPages: boolean;
}

/** Whether a text is an origin as browsers send it: scheme, host, and a port that is not the scheme's own. */
export function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}

/**
 * Whether a page of this origin may connect (rule WS-2). `host` is the host the request was sent to. What sends no origin
 * is no page, and may.
 */
export function isAllowedOrigin(
  policy: OriginPolicy,
  { origin, host }: { readonly origin: string | undefined; readonly host: string | undefined },
): boolean {
  if (origin === undefined || policy.allowed.has("*") || policy.allowed.has(origin)) return true;
  if (!isOrigin(origin)) return false;
  const page = new URL(origin);
  if (page.host === normalHost(page.protocol, host)) return true;
  return policy.localPages && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(page.hostname);
}

/** A Host header as URLs write it: lower case, without the port that is the scheme's own. */
function normalHost(protocol: string, host = ""): string | undefined {
  const url = `${protocol}//${host}`;
  return URL.canParse(url) ? new URL(url).host : undefined;
}
