import type { CloseReason } from "../../shared/close-reason.ts";
import { PauseMode } from "../../shared/gen/roomline/v1/realtime_pb.ts";

/** The life of a session. */
export type SessionState =
  | { readonly kind: "active" }
  | { readonly kind: "paused"; readonly mode: PauseMode }
  /** No connection; how it was paused stays (rule RS-10). */
  | { readonly kind: "detached"; readonly sinceMs: number; readonly paused: PauseMode }
  | { readonly kind: "closed"; readonly reason: CloseReason };

/** What happens to a session. */
export type SessionEvent =
  | { readonly kind: "pause"; readonly mode: PauseMode }
  | { readonly kind: "resume" }
  | { readonly kind: "detach" }
  | { readonly kind: "attach" }
  | { readonly kind: "close"; readonly reason: CloseReason };

/** What is to be done about it. */
type SessionEffect =
  | { readonly kind: "pause-stream"; readonly mode: PauseMode }
  | { readonly kind: "resume-stream" }
  | { readonly kind: "room-drop" }
  | { readonly kind: "room-resume" }
  | { readonly kind: "room-leave"; readonly reason: CloseReason };

/** The state after an event and what to do. Events that make no sense in a state change nothing. */
export function nextSessionState(
  state: SessionState,
  event: SessionEvent,
  nowMs: number,
): readonly [SessionState, readonly SessionEffect[]] {
  if (state.kind === "closed") return [state, []];
  switch (event.kind) {
    case "pause":
      if (state.kind === "detached") return [state, []];
      return [{ kind: "paused", mode: event.mode }, [{ kind: "pause-stream", mode: event.mode }]];
    case "resume":
      if (state.kind === "detached") return [state, []];
      return [{ kind: "active" }, [{ kind: "resume-stream" }]];
    case "detach":
      if (state.kind === "detached") return [state, []];
      return [
        {
          kind: "detached",
          sinceMs: nowMs,
          paused: state.kind === "paused" ? state.mode : PauseMode.UNSPECIFIED,
        },
        [{ kind: "room-drop" }],
      ];
    case "attach":
      if (state.kind !== "detached") return [state, []];
      return [
        state.paused === PauseMode.UNSPECIFIED
          ? { kind: "active" }
          : { kind: "paused", mode: state.paused },
        [{ kind: "room-resume" }],
      ];
    case "close":
      return [
        { kind: "closed", reason: event.reason },
        [{ kind: "room-leave", reason: event.reason }],
      ];
  }
}
