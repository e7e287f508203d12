import { constants, Http2ServerRequest } from "node:http2";
import type { PortRequest } from "./request-handler.ts";

/**
 * Ends a request whose response is not being read, without waiting: over HTTP/2 by a reset that gRPC clients take for
 * RESOURCE_EXHAUSTED, over HTTP/1 by ending the connection.
 */
export function cutRequest(request: PortRequest): void {
  if (!(request instanceof Http2ServerRequest)) {
    request.socket.destroy();
    return;
  }
  request.stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  // Reset, it would still wait to hand on what it holds.
  request.stream.destroy();
}
