import { closeReasons } from "../../shared/close-reason.ts";
import type { StreamEnd } from "../../shared/transport/transport.ts";

/**
 * How far a stream is. `open`: frames flow. `ending`: the end is on its way to the peer; `told` says whether our user
 * knows. `ended`: nothing is left.
 */
export type StreamState =
  | { readonly kind: "open" }
  | { readonly kind: "ending"; readonly end: StreamEnd; readonly told: boolean }
  | { readonly kind: "ended" };

/** One object for all streams: a send to each of a thousand players loads enough objects from memory as it is. */
export const openState: StreamState = { kind: "open" };

export const endedState: StreamState = { kind: "ended" };

/** Either side ends the stream. Only the first end counts: the same state comes back when there was one. */
export function beginEnd(state: StreamState, end: StreamEnd, told: boolean): StreamState {
  return state.kind === "open" ? { kind: "ending", end, told } : state;
}

/** Our user destroys the stream: nothing waits for the peer any more, and an end that it was not told is replaced. */
export function destroyEnd(state: StreamState): StreamState {
  if (state.kind === "ended") return state;
  const told = state.kind === "ending" && state.told;
  return {
    kind: "ending",
    end: { reason: closeReasons.connectionLost, detail: "Destroyed." },
    told,
  };
}

/** What our user is still to be told once the stream is gone. `lost`: how it ended, when neither of us ended it. */
export function untoldEnd(state: StreamState, lost: () => StreamEnd): StreamEnd | undefined {
  switch (state.kind) {
    case "open":
      return lost();
    case "ending":
      return state.told ? undefined : state.end;
    case "ended":
      return undefined;
  }
}
