import type { OutgoingHttpHeaders } from "node:http2";
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
