import { Code } from "@connectrpc/connect";
import { closeReasonOf, type CloseReason } from "../../shared/close-reason.ts";
import { RoomlineError, type RoomlineErrorCode } from "../../shared/errors.ts";
import type { TryVerdict } from "../calls/kept-call.ts";
import type { WatchEnd } from "./watch-api.ts";

/** How one try ended, as far as the client can tell. */
export interface TryEnd {
  /** `ok`: the server ended it in good order. `silent`: no heartbeat came. */
  readonly status: Code | "ok" | "silent";
  /** The close reason of the trailers (rule CL-2), when there are any. */
  readonly closeCode: number | undefined;
  /** For people. */
  readonly detail: string;
}

/** What is known when a try has ended. */
interface TryFacts {
  /** This watch has been live before. */
  readonly wasLive: boolean;
  readonly waitForRoom: boolean;
}

type WatchVerdict = TryVerdict<WatchEnd>;

const retry: WatchVerdict = { next: "retry" };

/** Decides whether a watch comes back (rule WA-10). */
export function judgeTry({ status, closeCode, detail }: TryEnd, facts: TryFacts): WatchVerdict {
  if (closeCode !== undefined) return judgeClose(closeReasonOf(closeCode), detail, facts);
  if (status === "ok" || status === "silent") return retry;
  // The server still holds the watch of the connection that was lost.
  if (status === Code.AlreadyExists && facts.wasLive) return { next: "reclaim" };
  if (status === Code.NotFound && facts.waitForRoom) return retry;
  const code = refusals[status];
  if (code === undefined) return retry;
  return { next: "end", end: { kind: "failed", error: new RoomlineError(code, detail) } };
}

function judgeClose(reason: CloseReason, detail: string, facts: TryFacts): WatchVerdict {
  if (reason.action === "resume") return retry;
  if (reason.action === "rejoin" && facts.waitForRoom) return retry;
  return { next: "end", end: { kind: "closed", reason, detail } };
}

/** What another try would not change. Everything else may be of the network, or of a server that is on its way. */
const refusals: Partial<Record<Code, RoomlineErrorCode>> = {
  [Code.InvalidArgument]: "invalid-argument",
  [Code.NotFound]: "unknown-room",
  [Code.AlreadyExists]: "watch-exists",
  [Code.PermissionDenied]: "watch-refused",
  [Code.Unauthenticated]: "unauthenticated",
  [Code.FailedPrecondition]: "watch-refused",
  [Code.OutOfRange]: "invalid-argument",
  [Code.Unimplemented]: "watch-refused",
};
