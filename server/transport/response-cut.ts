import { constants, Http2ServerRequest } from "node:http2";
import { createContextKey, type ContextKey } from "@connectrpc/connect";
import type { PortRequest } from "./request-handler.ts";

/** Tears the response of a call down at once, for a reader that does not read; beside every call of a service. */
export const cutKey: ContextKey<() => void> = createContextKey(() => undefined, {
  description: "cut",
});

/**
 * Ends a request whose response is not being read, without waiting: over HTTP/2 by a reset that gRPC clients take for
 * RESOURCE_EXHAUSTED, over HTTP/1 by ending the connection.
 */
export function cutResponse(request: PortRequest): void {
  if (!(request instanceof Http2ServerRequest)) {
    request.socket.destroy();
    return;
  }
  request.stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  // Reset, it would still wait to hand on what it holds. The code is that of a client that hung up, which is no failure of
  // a handler that would be worth a line on the console.
  request.stream.destroy(
    Object.assign(new Error("The reader is too slow."), { code: "ECONNRESET" }),
  );
}
