import { constants, Http2ServerRequest } from "node:http2";
import type { PortRequest, PortResponse, RequestHandler } from "./request-handler.ts";

/** The same handler, whose failure is answered with 500 and goes no further. It may also be asynchronous. */
export function containedHandler(
  handler: (request: PortRequest, response: PortResponse) => unknown,
): RequestHandler {
  return (request, response) => {
    try {
      const answered = handler(request, response);
      if (answered instanceof Promise) answered.catch(() => failResponse(request, response));
    } catch {
      failResponse(request, response);
    }
  };
}

/**
 * Answers a request whose handler has failed; when a part of an answer has been sent, ends it so that nobody takes it for
 * whole. Never throws.
 */
export function failResponse(request: PortRequest, response: PortResponse, status = 500): void {
  if (response.writableEnded || response.destroyed) return;
  try {
    if (!response.headersSent) {
      // What the handler has said of a body is not true of this answer, which has none.
      for (const name of response.getHeaderNames())
        if (name.startsWith("content-")) response.removeHeader(name);
      response.writeHead(status);
      response.end();
      return;
    }
  } catch {
    // The handler has left a head that cannot be sent.
  }
  if (request instanceof Http2ServerRequest) request.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  else request.socket.destroy();
}
