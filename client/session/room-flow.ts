import { safeNumber } from "../../shared/codec/safe-number.ts";
import type { EventMessage } from "../../shared/codec/server-frame.ts";
import type { ContractTable } from "../../shared/contract/contract-table.ts";
import { GapReason, Verdict, type Gap } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { Joined, ResumedSession } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { Position } from "../../shared/position.ts";
import { EventStream, type IncomingEvent } from "./event-stream.ts";
import type { SessionHost } from "./host.ts";
import type { SessionListeners } from "./session-listeners.ts";
import { gapReasonName } from "./messages.ts";
import { readStateTicks } from "../../shared/state/reader/state-reader.ts";
import { WireWriter } from "../../shared/wire/wire-writer.ts";
import { createStateMirror, type ApplyOutcome, type StateMirror } from "../state/mirror.ts";

interface RoomFlowParts {
  readonly sessionId: string;
  readonly host: SessionHost;
  readonly listeners: SessionListeners;
  /** The client's own contract, with its own numbers. */
  readonly table: ContractTable;
  readonly onCongested: (congested: boolean) => void;
  /** Another event has been handled. */
  readonly onHandled: () => void;
  /** The position is another one, without an event. */
  readonly onMoved: () => void;
}

/** What a session gets from its room: events in order, state, gaps; and where it stands in them (rules RL, ST). */
export class RoomFlow {
  readonly mirror: StateMirror;
  readonly #parts: RoomFlowParts;
  readonly #stream: EventStream;
  #table: ContractTable;
  #epoch = "";
  /** The tables are from before something that was lost, perhaps from another epoch: only a snapshot follows them. */
  #needsSnapshot = false;
  #replaying = false;
  /** Parts of a state whose last has not come (rule ST-6). */
  #stateParts: Uint8Array[] = [];
  /** Join or resume said where the stream goes on, so the gap that tells of the new epoch need not. */
  #placed = false;
  #held = false;
  /** What callbacks that are added late are called with. */
  #lastState: { readonly tick: number } | undefined;
  #lastBacklogEnd: { readonly cursor: number } | undefined;

  constructor(parts: RoomFlowParts) {
    this.#parts = parts;
    this.#table = parts.table;
    const { sessionId, host } = parts;
    const onError = (thrown: unknown): void => host.report(thrown, `session ${sessionId}, state`);
    this.mirror = createStateMirror(parts.table.tables, { onError });
    this.#stream = new EventStream({
      deliver: (event) => this.#deliver(event),
      congested: parts.onCongested,
      overflowed: () => this.#broken("Events were turned away while handlers were slow."),
      handled: parts.onHandled,
      moved: parts.onMoved,
    });
  }

  /** The newest state that callbacks were told of. */
  get lastState(): { readonly tick: number } | undefined {
    return this.#lastState;
  }

  /** The end of the last backlog that callbacks were told of. */
  get lastBacklogEnd(): { readonly cursor: number } | undefined {
    return this.#lastBacklogEnd;
  }

  /** How far the user has handled it. */
  get position(): Position {
    return { epoch: this.#epoch, cursor: this.#stream.handled, stateTick: this.mirror.tick };
  }

  /** Up to where events are handled. */
  get handled(): number {
    return this.#stream.handled;
  }

  /** Where a new stream has to go on: what has come and waits for its handlers need not come again. */
  resumeFrom(): Position {
    this.#stream.reattach();
    this.#stateParts = [];
    const stateTick = this.#needsSnapshot ? 0 : this.mirror.tick;
    return { epoch: this.#epoch, cursor: this.#stream.received, stateTick };
  }

  /** The seat is from before a reload: it stood here. `table`: the contract with the room's numbers. */
  restore({ epoch, cursor }: Pick<Position, "epoch" | "cursor">, table: ContractTable): void {
    this.#table = table;
    this.mirror.renumber(table.tables);
    this.#epoch = epoch;
    this.#stream.restart(cursor);
  }

  /** A seat was given. `table`: the contract with the room's numbers. */
  joined(joined: Joined, table: ContractTable): void {
    this.#table = table;
    this.mirror.renumber(table.tables);
    this.#epoch = joined.epoch;
    this.#stream.restart(safeNumber(joined.cursor));
    this.#placed = true;
    this.#needsSnapshot = this.mirror.tick > 0;
    this.#beginReplay();
  }

  /** The seat was kept. */
  resumed(verdict: ResumedSession): void {
    const newest = safeNumber(verdict.cursor);
    this.#placed = verdict.epoch !== this.#epoch || newest < this.#stream.received;
    if (this.#placed) this.#stream.restart(undefined);
    this.#epoch = verdict.epoch;
    if (verdict.verdict === Verdict.SNAPSHOT) this.#needsSnapshot = this.mirror.tick > 0;
    this.#beginReplay();
  }

  /** The stream goes on after a pause: at this cursor if what was missed is skipped, else with a replay (rule PR-3). */
  unpaused(skippedTo: number | undefined): void {
    if (skippedTo === undefined) {
      this.#beginReplay();
      return;
    }
    this.#replaying = false;
    this.#stream.skip(skippedTo);
  }

  skip(cursor: number): void {
    this.#stream.skip(cursor);
  }

  event(event: Readonly<EventMessage>, skippedTo: number): void {
    const { cursor, sender, timeMs, payload } = event;
    const kind = this.#table.events.byNumber[event.kind];
    const replayed = this.#replaying && cursor > 0;
    const info = { cursor, sender, timeMs, replayed };
    const before = this.#stream.received;
    if (this.#stream.take({ kind, payload, info }, skippedTo) !== "broken") return;
    this.#broken(`Event ${cursor} came after event ${Math.max(before, skippedTo)}.`);
  }

  state(bytes: Uint8Array): void {
    if (this.#held) this.#stream.after(() => this.#applyState(bytes));
    else this.#applyState(bytes);
  }

  gap(gap: Gap): void {
    if (this.#stream.overflowing) return;
    const from = safeNumber(gap.from);
    const to = safeNumber(gap.to);
    if (gap.reason === GapReason.EPOCH_CHANGED) {
      if (!this.#placed) this.#stream.restart(undefined);
      if (gap.epoch !== "") this.#epoch = gap.epoch;
    } else this.#stream.skip(to);
    const info = { from, to, reason: gapReasonName(gap.reason), epoch: this.#epoch };
    this.#stream.after(() => void this.#parts.listeners.gap.emit(info));
  }

  backlogEnd(cursor: number): void {
    this.#replaying = false;
    this.#stream.backlogEnded(cursor);
    this.#stream.after(() => {
      this.#lastBacklogEnd = { cursor };
      void this.#parts.listeners.backlogEnd.emit(this.#lastBacklogEnd);
    });
  }

  /**
   * Holds everything back until the code that waits for the join has run and added its callbacks: it goes on in
   * promises, which run between the two turns this takes.
   */
  holdForJoin(): void {
    const { clock } = this.#parts.host;
    this.#held = true;
    this.#stream.hold(true);
    const release = (): void => {
      this.#held = false;
      this.#stream.hold(false);
    };
    clock.defer(() => void Promise.resolve().then(() => clock.defer(release)));
  }

  /** Whether everything is held for the join. */
  get isHeld(): boolean {
    return this.#held;
  }

  /** Calls back at once or, while everything is held for the join, behind what is held. */
  afterHold(callback: () => void): void {
    if (this.#held) this.#stream.after(callback);
    else callback();
  }

  /** Delivers nothing more. */
  stop(): void {
    this.#stream.stop();
  }

  /** Its end is still to come. */
  #beginReplay(): void {
    this.#replaying = true;
    this.#lastBacklogEnd = undefined;
  }

  /** What comes does not fit what came (rules RL-4, ST-1): the stream has to begin anew. */
  #broken(detail: string): void {
    const { sessionId, host } = this.#parts;
    host.broken(`Session ${sessionId}: ${detail}`);
  }

  #applyState(part: Uint8Array): void {
    let outcome: ApplyOutcome;
    try {
      if (readStateTicks(part).more) {
        // A copy: it is a view of its frame, which need not be kept for it.
        this.#stateParts.push(part.slice());
        return;
      }
      outcome = this.mirror.apply(this.#wholeState(part));
    } catch (error) {
      this.#parts.host.malformed(error);
      return;
    }
    if (outcome === "base-mismatch") {
      this.#needsSnapshot = true;
      this.#broken("A state came that does not follow the one before.");
      return;
    }
    if (outcome !== "applied") return;
    this.#needsSnapshot = false;
    this.#lastState = { tick: this.mirror.tick };
    void this.#parts.listeners.state.emit(this.#lastState);
  }

  /** All parts, one after the other: to protobuf that is the state. */
  #wholeState(last: Uint8Array): Uint8Array {
    if (this.#stateParts.length === 0) return last;
    const whole = new WireWriter(last.length);
    for (const part of this.#stateParts) whole.raw(part);
    whole.raw(last);
    this.#stateParts = [];
    return whole.bytes.subarray(0, whole.pos);
  }

  #deliver({ kind, payload, info }: IncomingEvent): Promise<void> | undefined {
    if (kind === undefined) return undefined;
    const handlers = this.#parts.listeners.eventHandlers(kind.name);
    if (handlers === undefined) return undefined;
    let event: unknown;
    try {
      event = kind.decode(payload);
    } catch (error) {
      const { sessionId, host } = this.#parts;
      host.report(error, `session ${sessionId}, event ${info.cursor} "${kind.name}"`);
      return undefined;
    }
    return handlers.emit(event, info);
  }
}
