import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";

/** A request of HTTP/1 or HTTP/2. */
export type PortRequest = IncomingMessage | Http2ServerRequest;

/** The answer to a {@link PortRequest}; the two kinds differ in `write` and `writeHead` only in their overloads. */
export type PortResponse = (Omit<ServerResponse, "write"> | Omit<Http2ServerResponse, "write">) & {
  write(chunk: string | Uint8Array): boolean;
  writeHead(status: number, headers?: Record<string, string>): unknown;
};

/** Answers everything on the port that is not the realtime stream. */
export type RequestHandler = (request: PortRequest, response: PortResponse) => void;
