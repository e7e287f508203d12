import type { Commit } from "../feed/commit.ts";
import type { StatePatch } from "../feed/feed.ts";
import type { RoomState } from "../state/room-state.ts";

/** A commit, with what it changed in the tables. */
export interface SeenCommit {
  readonly commit: Commit;
  readonly patch: StatePatch | undefined;
  /** Of the tables that never leave the server. */
  readonly hidden: StatePatch | undefined;
}

/** The tables of a room. */
export interface SeenStates {
  readonly state: RoomState;
  readonly hidden: RoomState | undefined;
}

/** Follows the state of a room, as a player does who gets every update: the patches are those that such players are sent. */
export class SeenState {
  #stateTick = 0;
  #hiddenTick = 0;

  /** All up to here is known. */
  begin({ state, hidden }: SeenStates): void {
    this.#stateTick = state.tick;
    this.#hiddenTick = hidden?.tick ?? 0;
  }

  /** What is new with this commit. */
  commit({ state, hidden }: SeenStates, commit: Commit): SeenCommit {
    const patch = state.tick > this.#stateTick ? state.patch(this.#stateTick) : undefined;
    this.#stateTick = state.tick;
    if (hidden === undefined || hidden.tick === this.#hiddenTick)
      return { commit, patch, hidden: undefined };
    const hiddenPatch = hidden.patch(this.#hiddenTick);
    this.#hiddenTick = hidden.tick;
    return { commit, patch, hidden: hiddenPatch };
  }
}
