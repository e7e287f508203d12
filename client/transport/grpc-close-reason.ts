import { status, type StatusObject } from "@grpc/grpc-js";
import { closeReasonOf, closeReasons } from "../../shared/close-reason.ts";
import {
  closeCodeTrailer,
  closeDetailTrailer,
  decodeDetail,
} from "../../shared/transport/grpc-names.ts";
import type { StreamEnd } from "../../shared/transport/transport.ts";
import { networkProblem } from "./network-problem.ts";

/**
 * What the status and trailers of a call say about why the stream ended. Only the server's own trailers are final (rule
 * CL-2): a status without them is from something in between, such as a proxy, or from the library, and the client comes back.
 * `isKnown`: the server has been heard on this stream.
 */
export function endOfStatus(
  { code, details, metadata }: StatusObject,
  isKnown: boolean,
): StreamEnd {
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
  // Of the library, about a frame of the server's: the next one would be as large.
  const isTooLarge = isKnown && code === status.RESOURCE_EXHAUSTED && /larger than/i.test(details);
  const reason = isTooLarge ? closeReasons.frameTooLarge : closeReasons.connectionLost;
  return { reason, detail: networkProblem(`${status[code]}: ${said}`) };
}
