/** How programs reach a server that a page reaches at a URL. */
export interface Target {
  readonly isTls: boolean;
  /** "localhost:50051": always with a port. */
  readonly hostAndPort: string;
  /** "http://localhost:50051", without a slash at its end. */
  readonly url: string;
  /** What `connect` of roomline/client takes. */
  readonly forConnect: string;
}

/** Reads the URL of a server. */
export function targetOf(url: string): Target {
  const { protocol, hostname, port, origin, pathname } = new URL(url);
  const isTls = protocol === "https:" || protocol === "wss:";
  const path = pathname.replace(/\/+$/, "");
  const hostAndPort = `${hostname}:${port === "" ? (isTls ? 443 : 80) : port}`;
  const http = `${isTls ? "https" : "http"}://${new URL(origin === "null" ? url : origin).host}${path}`;
  // A port of its own is a server that is reached directly, and speaks gRPC; a proxy may have been told of WebSockets alone.
  const isDirect = !isTls && port !== "" && path === "";
  return { isTls, hostAndPort, url: http, forConnect: isDirect ? hostAndPort : http };
}
