import type { MessageInitShape } from "@bufbuild/protobuf";
import type { FactsImage } from "../../../shared/gen/roomline/room/v1/image_pb.ts";
import type { SeatChangeSchema } from "../../../shared/gen/roomline/room/v1/record_pb.ts";
import type { Clock } from "../../../shared/clock.ts";
import type { KeptRandom } from "../../../shared/random.ts";
import { sameBytes } from "../../../shared/state/scalar-codec.ts";
import type { Commit } from "../../feed/commit.ts";
import { answerToWire, entryToWire } from "../../feed/record-codec.ts";
import type { RoomState } from "../../state/room-state.ts";
import { factsImage, type RoomFacts } from "../context.ts";
import type { RoomAlarms } from "../hooks/alarms.ts";
import type { Member } from "../members/member.ts";
import type { Members } from "../members/members.ts";
import type { PrivateData } from "../private-data.ts";
import {
  encodeRecord,
  type RareParts,
  type RecordMoment,
  type SeatProgress,
} from "./record-encoder.ts";

/** What a recorder looks at. */
export interface RoomRecorderParts {
  readonly state: RoomState;
  /** Tables that never leave the server; undefined: it has none. */
  readonly hidden: RoomState | undefined;
  readonly facts: RoomFacts;
  readonly data: PrivateData;
  readonly alarms: RoomAlarms;
  readonly random: KeptRandom;
  readonly members: Members;
  readonly clock: Pick<Clock, "now">;
}

type FactsInit = Omit<FactsImage, "$typeName" | "$unknown">;
type SeatChangeInit = MessageInitShape<typeof SeatChangeSchema>;

/** Makes the records of a durable room: what has changed since the one before. */
export class RoomRecorder {
  readonly #parts: RoomRecorderParts;
  #stateTick = 0;
  #hiddenTick = 0;
  #facts: FactsInit | undefined;
  #saved: Uint8Array = new Uint8Array(0);
  #alarms = 0;
  #reservations = 0;
  #random: readonly number[] = [];

  constructor(parts: RoomRecorderParts) {
    this.#parts = parts;
  }

  /** An image of the room is taken: the next record goes on from there. @throws RoomlineError as {@link record} */
  begin(): void {
    const { state, hidden, data, alarms, random, members } = this.#parts;
    members.touched?.clear();
    for (const member of members.seated.values()) member.isRecorded = true;
    this.#stateTick = state.tick;
    this.#hiddenTick = hidden?.tick ?? 0;
    this.#facts = this.#factsNow();
    this.#saved = data.save();
    this.#alarms = alarms.version;
    this.#reservations = members.reservationsVersion;
    this.#random = random.state;
  }

  /**
   * The next record, right after the state was committed, of what readers are to be shown; undefined: nothing has changed.
   * @throws RoomlineError `not-portable`, or what `save` throws
   */
  record(commit: Commit, moment: RecordMoment): Uint8Array | undefined {
    const frequent = {
      ...{ patch: this.#patch(), hidden: this.#hiddenPatch(), saved: this.#savedAnew() },
      inputs: [] as SeatProgress[],
    };
    const seats = this.#seats(frequent.inputs);
    const rare = rareOf(commit, seats, this.#rest());
    const { patch, hidden, inputs, saved } = frequent;
    const isNothing = inputs.length === 0 && (patch ?? hidden ?? saved ?? rare) === undefined;
    return isNothing ? undefined : encodeRecord(moment, frequent, rare);
  }

  /** Whether patches reach from the record before to this one: not when too many rows went at once. */
  get isInReach(): boolean {
    const { state, hidden } = this.#parts;
    return (
      reaches(state, this.#stateTick) && (hidden === undefined || reaches(hidden, this.#hiddenTick))
    );
  }

  #patch() {
    const { state } = this.#parts;
    const patch = state.patch(this.#stateTick);
    this.#stateTick = state.tick;
    return patch;
  }

  #hiddenPatch() {
    const { hidden } = this.#parts;
    const patch = hidden?.patch(this.#hiddenTick);
    this.#hiddenTick = hidden?.tick ?? 0;
    return patch;
  }

  /** What `save` gives, when that is something else than before. */
  #savedAnew(): Uint8Array | undefined {
    const saved = this.#parts.data.save();
    if (sameBytes(saved, this.#saved)) return undefined;
    this.#saved = saved;
    return saved;
  }

  /** What rarely changes; undefined: nothing of it has. */
  #rest(): RareParts | undefined {
    const { alarms, random, members, clock } = this.#parts;
    let rest: RareParts | undefined;
    const facts = this.#factsNow();
    if (!sameFacts(facts, this.#facts)) {
      this.#facts = facts;
      rest = { ...rest, facts };
    }
    if (alarms.version !== this.#alarms) {
      this.#alarms = alarms.version;
      rest = { ...rest, alarms: { alarms: alarms.image() } };
    }
    if (members.reservationsVersion !== this.#reservations) {
      this.#reservations = members.reservationsVersion;
      rest = { ...rest, reservations: { reservations: members.reservationImages(clock.now()) } };
    }
    if (random.isOther(this.#random)) {
      this.#random = random.state;
      rest = { ...rest, random: [...this.#random] };
    }
    return rest;
  }

  #factsNow(): FactsInit {
    return factsImage(this.#parts.facts);
  }

  /** Seats that were taken or given up. Of all others that have changed, how far their inputs have come is added to `inputs`. */
  #seats(inputs: SeatProgress[]): SeatChangeInit[] {
    const { touched } = this.#parts.members;
    if (touched === undefined) return [];
    const changes: SeatChangeInit[] = [];
    for (const member of touched) {
      const { number } = member;
      if (member.isGone) changes.push({ number, kind: { case: "gone", value: true } });
      else if (member.isRecorded) inputs.push(progressOf(member));
      else changes.push(takenBy(member));
    }
    touched.clear();
    return changes;
  }
}

/** Inputs that wait, and what is asked by them, come again. */
function progressOf(member: Member): SeatProgress {
  const { number: seat, handledSeq, appliedSeq, atWork, openRequests: open } = member;
  const openRequests = open.length === 0 ? open : open.filter((seq) => seq <= handledSeq);
  return { seat, handledSeq, appliedSeq, openRequests, atWork };
}

/** A seat that is new in the records, and is from now on. */
function takenBy(member: Member): SeatChangeInit {
  member.isRecorded = true;
  const image = member.image();
  const openRequests = image.openRequests.filter((seq) => seq <= image.handledSeq);
  const value = { ...image, takenSeq: image.handledSeq, openRequests };
  return { number: member.number, kind: { case: "taken", value } };
}

function rareOf(
  { entries, answers }: Commit,
  seats: SeatChangeInit[],
  rest: RareParts | undefined,
): RareParts | undefined {
  if (entries.length + answers.length + seats.length === 0) return rest;
  return { ...rest, entries: entries.map(entryToWire), answers: answers.map(answerToWire), seats };
}

function reaches(state: RoomState, fromTick: number): boolean {
  const patch = state.patch(fromTick);
  return patch === undefined || patch.baseTick === fromTick;
}

function sameFacts(a: FactsInit, b: FactsInit | undefined): boolean {
  return (
    a.maxPlayers === b?.maxPlayers &&
    a.locked === b.locked &&
    a.listed === b.listed &&
    a.metadataJson === b.metadataJson
  );
}
