import type { OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2";
import {
  closeCodeTrailer,
  closeDetailTrailer,
  encodeDetail,
} from "../../../shared/transport/grpc-names.ts";
import type { StreamEnd } from "../../../shared/transport/transport.ts";

/** How a gRPC stream ends. */
export interface GrpcStreamEnd extends StreamEnd {
  /** When it is not the one of the reason. */
  readonly grpcStatus?: number;
}

/**
 * The trailers that tell a client how its stream ended. To one that reads the close reason from the trailers, the status is OK
 * in any case.
 */
export function grpcTrailers(end: GrpcStreamEnd, reasonSuffices: boolean): OutgoingHttpHeaders {
  const status = reasonSuffices ? 0 : (end.grpcStatus ?? end.reason.grpcStatus);
  const trailers: OutgoingHttpHeaders = {
    "grpc-status": String(status),
    [closeCodeTrailer]: String(end.reason.code),
  };
  if (status !== 0) trailers["grpc-message"] = encodeDetail(end.detail || end.reason.meaning);
  if (end.detail !== "") trailers[closeDetailTrailer] = encodeDetail(end.detail);
  return trailers;
}

/**
 * Sends trailers behind all that was written, unless the stream is reset before. `more`: what a service adds to them, left
 * out when HTTP/2 has no place for it.
 */
export function trailWith(
  stream: ServerHttp2Stream,
  trailers: OutgoingHttpHeaders,
  more: Readonly<Record<string, string>> = {},
): void {
  stream.once("wantTrailers", () => {
    if (stream.destroyed || stream.closed) return;
    try {
      stream.sendTrailers({ ...more, ...trailers });
    } catch {
      stream.sendTrailers(trailers);
    }
  });
}
