import { status, type StatusObject } from "@grpc/grpc-js";
import { closeReasonOf, closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import {
  closeCodeTrailer,
  closeDetailTrailer,
  decodeDetail,
} from "../../shared/transport/grpc-names.ts";
import type { StreamEnd } from "../../shared/transport/transport.ts";

/** What the status and trailers of a call say about why the stream ended. */
export function endOfStatus({ code, details, metadata }: StatusObject): StreamEnd {
  const [closeCode] = metadata.get(closeCodeTrailer);
  if (typeof closeCode === "string" && /^\d{4}$/.test(closeCode)) {
    const [detail] = metadata.get(closeDetailTrailer);
    return {
      reason: closeReasonOf(Number(closeCode)),
      detail: typeof detail === "string" ? decodeDetail(detail) : "",
    };
  }
  // grpc-js ends some of its details with a heading that nothing follows.
  const said = details.replace(/\.?\s*Resolution note:\s*$/, "");
  return { reason: reasonOfStatus(code, details), detail: `${status[code]}: ${said}` };
}

/** For statuses that something between the two ends made, such as a proxy or the library itself. */
function reasonOfStatus(code: status, details: string): CloseReason {
  switch (code) {
    case status.UNAUTHENTICATED:
      return closeReasons.unauthenticated;
    case status.PERMISSION_DENIED:
      return closeReasons.forbidden;
    case status.RESOURCE_EXHAUSTED:
      return /larger than/i.test(details) ? closeReasons.frameTooLarge : closeReasons.capacity;
    case status.DEADLINE_EXCEEDED:
      return closeReasons.lifetime;
    case status.UNIMPLEMENTED:
      return closeReasons.unsupportedVersion;
    case status.OK:
    case status.CANCELLED:
    case status.UNKNOWN:
    case status.INVALID_ARGUMENT:
    case status.NOT_FOUND:
    case status.ALREADY_EXISTS:
    case status.FAILED_PRECONDITION:
    case status.ABORTED:
    case status.OUT_OF_RANGE:
    case status.INTERNAL:
    case status.UNAVAILABLE:
    case status.DATA_LOSS:
      return closeReasons.connectionLost;
  }
}
