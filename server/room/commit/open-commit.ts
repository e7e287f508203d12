import type { MessageInitShape } from "@bufbuild/protobuf";
import { safeNumber } from "../../../shared/codec/safe-number.ts";
import type { OpenImage, OpenImageSchema } from "../../../shared/gen/roomline/room/v1/image_pb.ts";
import type { Commit, SeatAnswer } from "../../feed/commit.ts";
import type { EphemeralEntry, LogEntry } from "../../feed/feed.ts";
import type { Seated, SeatDesk } from "../../feed/inbox.ts";
import {
  answerOfWire,
  answerToWire,
  entryToWire,
  keptEntryOfWire,
} from "../../feed/record-codec.ts";

interface HeldEntry {
  readonly entry: LogEntry;
  readonly afterState: boolean;
}

/** A seat that is taken, of which its player is told when that is stored. */
export interface Seating {
  readonly desk: SeatDesk;
  readonly seated: Seated;
}

/** What a durable room has done, to be shown when it is stored. */
export interface TakenCommit extends Commit {
  readonly seatings: readonly Seating[];
}

/** A commit in the making. */
class TurnCommit implements TakenCommit {
  /** Of a durable room. */
  readonly seatings: Seating[] = [];
  readonly entries: LogEntry[] = [];
  readonly ephemerals: EphemeralEntry[] = [];
  readonly acks: number[] = [];
  readonly answers: SeatAnswer[] = [];
  stateTick = 0;
  readonly first = 0;
  /** Whoever is beside the room asks its tables. */
  readonly patch = undefined;

  /** Whether there is nothing but perhaps a new state. */
  get isEmpty(): boolean {
    return (
      this.entries.length === 0 &&
      this.acks.length === 0 &&
      this.answers.length === 0 &&
      this.ephemerals.length === 0
    );
  }

  clear(): void {
    this.entries.length = 0;
    this.ephemerals.length = 0;
    this.acks.length = 0;
    this.answers.length = 0;
  }
}

/** What a room has done since its last commit, and nobody has seen yet. */
export class OpenCommit {
  #made = new TurnCommit();
  /** Used again, so that a turn leaves nothing behind. */
  #spare: TurnCommit | undefined;
  /** Answers that are not given before the state they talk about (rule IN-2). */
  #held: SeatAnswer[] = [];
  /** Entries that wait for the state: one that goes behind it, and those after that one (rule ST-5). */
  #heldEntries: HeldEntry[] = [];

  /** Entries that readers do not see yet. */
  get entryCount(): number {
    return this.#made.entries.length + this.#heldEntries.length;
  }

  /** Whether there is nothing that readers do not see yet. */
  get isEmpty(): boolean {
    return this.#made.isEmpty && this.#held.length === 0 && this.#heldEntries.length === 0;
  }

  /** An entry of the log. `afterState`: readers get the state as it is now before it. */
  append(entry: LogEntry, afterState: boolean): void {
    if (afterState || this.#heldEntries.length > 0) this.#heldEntries.push({ entry, afterState });
    else this.#made.entries.push(entry);
  }

  get ephemerals(): EphemeralEntry[] {
    return this.#made.ephemerals;
  }

  /** Pairs of seats and acknowledgements. */
  get acks(): number[] {
    return this.#made.acks;
  }

  /** Something to tell a seat now. */
  tell(answer: SeatAnswer): void {
    this.#made.answers.push(answer);
  }

  /** Something to tell a seat with the next state. */
  hold(answer: SeatAnswer): void {
    this.#held.push(answer);
  }

  /** What is shown next. */
  get made(): Commit {
    return this.#made;
  }

  /** Whether there is something to show that does not wait for the next update: more than state, and acknowledgements of inputs. */
  get hasNews(): boolean {
    const { entries, answers, seatings } = this.#made;
    return (
      entries.length + answers.length + seatings.length > 0 ||
      this.#held.length + this.#heldEntries.length > 0
    );
  }

  /** Whether somebody has a seat who is still to be told so. */
  get hasSeatings(): boolean {
    return this.#made.seatings.length > 0;
  }

  /** Somebody has a seat, and is told so when it is stored. */
  seat(seating: Seating): void {
    this.#made.seatings.push(seating);
  }

  /** Gives away what was done, but for ephemerals. It is the caller's to show. */
  take(stateTick: number): TakenCommit {
    const made = this.#made;
    const next = new TurnCommit();
    next.ephemerals.push(...made.ephemerals.splice(0));
    this.#made = next;
    made.stateTick = stateTick;
    return made;
  }

  /** Hands over ephemerals alone, if there are any: they are shown whatever becomes of the rest. */
  showEphemerals(stateTick: number, show: (commit: Commit) => void): void {
    if (this.#made.ephemerals.length === 0) return;
    const commit = new TurnCommit();
    commit.ephemerals.push(...this.#made.ephemerals.splice(0));
    commit.stateTick = stateTick;
    show(commit);
  }

  /** The state, which is that of this tick, is up to date: what was held goes with it. */
  release(stateTick: number): void {
    for (const { entry, afterState } of this.#heldEntries) {
      this.#made.entries.push(afterState ? { ...entry, afterTick: stateTick } : entry);
    }
    if (this.#heldEntries.length > 0) this.#heldEntries = [];
    if (this.#held.length === 0) return;
    this.#made.answers.push(...this.#held);
    this.#held = [];
  }

  /** A seat is about to end: it is told what it has to be told now. */
  releaseOf(seat: number): void {
    if (this.#held.length === 0) return;
    this.#made.answers.push(...this.#held.filter((answer) => answer.seat === seat));
    this.#held = this.#held.filter((answer) => answer.seat !== seat);
  }

  /** All of it, for whoever takes the room. `before`: what was given away and nobody has seen. */
  image(before?: Commit): MessageInitShape<typeof OpenImageSchema> {
    const { entries = [], acks = [], answers = [] } = before ?? {};
    const made = this.#made;
    return {
      entries: [...entries, ...made.entries].map(entryToWire),
      ephemerals: made.ephemerals.map(entryToWire),
      acks: [...acks, ...made.acks].map(BigInt),
      answers: [...answers, ...made.answers].map(answerToWire),
      heldAnswers: this.#held.map(answerToWire),
      heldEntries: this.#heldEntries.map(({ entry, afterState }) => ({
        entry: entryToWire(entry),
        afterState,
      })),
    };
  }

  /** Takes over what {@link image} gave. */
  restore(image: OpenImage): void {
    const made = this.#made;
    made.entries.push(...image.entries.map(keptEntryOfWire));
    made.ephemerals.push(...image.ephemerals.map(keptEntryOfWire));
    made.acks.push(...image.acks.map(safeNumber));
    made.answers.push(...image.answers.flatMap((answer) => answerOfWire(answer) ?? []));
    this.#held.push(...image.heldAnswers.flatMap((answer) => answerOfWire(answer) ?? []));
    for (const { entry, afterState } of image.heldEntries) {
      if (entry !== undefined)
        this.#heldEntries.push({ entry: keptEntryOfWire(entry), afterState });
    }
  }

  /**
   * Hands over what was done, if that is anything, or the state is newer than what is shown. Whoever is told may make the
   * room do more: that goes into the next commit. The record is good until `show` returns.
   */
  show(stateTick: number, shownTick: number, show: (commit: Commit) => void): void {
    const made = this.#made;
    if (made.isEmpty && stateTick === shownTick) return;
    made.stateTick = stateTick;
    this.#made = this.#spare ?? new TurnCommit();
    this.#spare = undefined;
    show(made);
    made.clear();
    this.#spare = made;
  }
}
