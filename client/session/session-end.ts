import { closeReasons } from "../../shared/close-reason.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { SessionEnd } from "./session-api.ts";

/** How a session ends that its user leaves. */
export const leftEnd: SessionEnd = { reason: closeReasons.left, detail: "", mayRejoin: false };

/** What those are told who want something of a session that has ended. */
export function sessionClosed({ reason, detail }: SessionEnd): RoomlineError {
  const why = detail === "" ? reason.meaning : detail;
  return new RoomlineError("session-closed", `The session is over: ${reason.name}. ${why}`);
}
