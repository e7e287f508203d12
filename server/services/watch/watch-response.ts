import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import type { Clock } from "../../../shared/clock.ts";
import {
  closeCodeTrailer,
  closeDetailTrailer,
  encodeDetail,
} from "../../../shared/transport/grpc-names.ts";
import type { WatchResponse } from "../../../shared/gen/roomline/v1/watch_pb.ts";
import type { OpenWatch, WatchEnd } from "./open-watch.ts";

/**
 * The messages of an open watch, as the response of a call of connect. A `yield` returns when the one before has been
 * written, which is all the backpressure there is.
 * @throws ConnectError when the watch ends with a status other than OK
 */
export async function* watchResponse(
  open: OpenWatch,
  context: HandlerContext,
  clock: Clock,
): AsyncGenerator<WatchResponse> {
  for (let next = open.next(); next !== "over"; next = open.next()) {
    if (next === "later") await new Promise<void>((resolve) => clock.defer(resolve));
    else if (next === "wait") await new Promise<void>((resolve) => (open.onWake = resolve));
    else {
      yield next;
      open.written();
    }
  }
  if (open.ended === undefined) return;
  const { status, message, trailers } = callEndOf(open.ended);
  for (const [name, value] of Object.entries(trailers)) context.responseTrailer.set(name, value);
  if (status !== undefined) throw new ConnectError(message, status);
}

const codes = Object.values(Code).filter((value) => typeof value === "number");

/**
 * How a response ends: it says why in the trailers, as the realtime stream does (rule CL-2), and with the status of the
 * table; undefined is OK.
 */
export function callEndOf({ reason, detail }: WatchEnd) {
  const message = detail === "" ? reason.meaning : detail;
  // The table holds the numbers of gRPC, which are those of Connect, but for 0.
  const status = codes.find((code: number) => code === reason.grpcStatus);
  const trailers = {
    [closeCodeTrailer]: String(reason.code),
    [closeDetailTrailer]: encodeDetail(message),
  };
  return { status, message, trailers };
}
