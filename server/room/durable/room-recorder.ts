import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { FactsImage } from "../../../shared/gen/roomline/room/v1/image_pb.ts";
import {
  RoomRecordSchema,
  type SeatChangeSchema,
} from "../../../shared/gen/roomline/room/v1/record_pb.ts";
import type { KeptRandom } from "../../../shared/random.ts";
import { sameBytes } from "../../../shared/state/scalar-codec.ts";
import type { Commit } from "../../feed/commit.ts";
import { answerToWire, entryToWire, patchToWire } from "../../feed/record-codec.ts";
import type { RoomState } from "../../state/room-state.ts";
import { factsImage, type RoomFacts } from "../context.ts";
import type { RoomAlarms } from "../hooks/alarms.ts";
import type { Member } from "../members/member.ts";
import type { Members } from "../members/members.ts";
import type { PrivateData } from "../private-data.ts";
import { sealRecord } from "./record.ts";

/** What a recorder looks at. */
export interface RoomRecorderParts {
  readonly state: RoomState;
  /** Tables that never leave the server; undefined: it has none. */
  readonly hidden: RoomState | undefined;
  readonly facts: RoomFacts;
  readonly data: PrivateData;
  readonly alarms: () => RoomAlarms;
  readonly random: KeptRandom;
  readonly members: Members;
}

/** Which record is made, and of when. */
interface RecordMoment {
  readonly n: number;
  readonly term: number;
  readonly tick: number;
  /** Since the Unix epoch. */
  readonly atMs: number;
}

type FactsInit = Omit<FactsImage, "$typeName" | "$unknown">;

/** What is not in every record. */
interface Rest {
  facts?: FactsInit;
  saved?: Uint8Array;
  alarms?: { readonly alarms: ReturnType<RoomAlarms["image"]> };
  random?: number[];
}

/** Makes the records of a durable room: what has changed since the one before. */
export class RoomRecorder {
  readonly #parts: RoomRecorderParts;
  #stateTick = 0;
  #hiddenTick = 0;
  #facts: FactsInit | undefined;
  #saved: Uint8Array = new Uint8Array(0);
  #alarms = 0;
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
    this.#alarms = alarms().version;
    this.#random = random.state;
  }

  /**
   * The next record, right after the state was committed, of what readers are to be shown; undefined: nothing has changed.
   * @throws RoomlineError `not-portable`, or what `save` throws
   */
  record(commit: Commit, moment: RecordMoment): Uint8Array | undefined {
    const { entries, answers } = commit;
    const patch = this.#patch();
    const hidden = this.#hiddenPatch();
    const seats = this.#seats();
    const rest = this.#rest();
    const isNothing =
      entries.length + answers.length + seats.length === 0 &&
      patch === undefined &&
      hidden === undefined &&
      rest === undefined;
    if (isNothing) return undefined;
    const { n, term, tick, atMs } = moment;
    const record = create(RoomRecordSchema, {
      ...{ n: BigInt(n), term: BigInt(term), tick: BigInt(tick), atMs, seats },
      entries: entries.map(entryToWire),
      answers: answers.map(answerToWire),
      ...(patch !== undefined && { patch: patchToWire(patch) }),
      ...(hidden !== undefined && { hidden: patchToWire(hidden) }),
      ...rest,
    });
    return sealRecord(record);
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

  /** What is not there every time. */
  #rest(): Rest | undefined {
    const { data, alarms, random } = this.#parts;
    let rest: Rest | undefined;
    const facts = this.#factsNow();
    if (!sameFacts(facts, this.#facts)) {
      this.#facts = facts;
      rest = { ...rest, facts };
    }
    const saved = data.save();
    if (!sameBytes(saved, this.#saved)) {
      this.#saved = saved;
      rest = { ...rest, saved };
    }
    if (alarms().version !== this.#alarms) {
      this.#alarms = alarms().version;
      rest = { ...rest, alarms: { alarms: alarms().image() } };
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

  #seats(): MessageInitShape<typeof SeatChangeSchema>[] {
    const { touched } = this.#parts.members;
    if (touched === undefined || touched.size === 0) return [];
    const changes = [...touched].map(changeOf);
    touched.clear();
    return changes;
  }
}

function changeOf(member: Member): MessageInitShape<typeof SeatChangeSchema> {
  const { number } = member;
  if (member.isGone) return { number, kind: { case: "gone", value: true } };
  if (member.isRecorded) return { number, kind: { case: "inputs", value: member.inputsImage() } };
  member.isRecorded = true;
  const { handledSeq, appliedSeq, openRequests, atWork } = member.inputsImage();
  const taken = {
    ...member.image(),
    takenSeq: handledSeq,
    handledSeq,
    appliedSeq,
    openRequests,
    atWork,
  };
  return { number, kind: { case: "taken", value: taken } };
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
