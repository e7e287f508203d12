import { fromBinary, type JsonValue } from "@bufbuild/protobuf";
import { safeNumber } from "../codec/safe-number.ts";
import { Part } from "../gen/roomline/recording/v1/recording_pb.ts";
import type { Commit } from "../gen/roomline/recording/v1/recording_pb.ts";
import type { Entry } from "../gen/roomline/node/v1/node_pb.ts";
import { ServerMessageSchema } from "../gen/roomline/v1/realtime_pb.ts";
import {
  beginningOf,
  isStep,
  keyframeOf,
  outcomesOf,
  type RecordedBlock,
  type Recording,
  type TimedHappening,
} from "./recording.ts";
import {
  RecordedTables,
  recordedTypes,
  shownPayload,
  type RecordedKind,
  type ShownTable,
} from "./recorded-tables.ts";

/** Which moment of a recording is meant. */
export type MomentOf =
  /** After this tick, or turn. */
  | { readonly tick: number }
  /** At this time, in microseconds of the room's clock. */
  | { readonly atUs: number };

/** What can be seen of a room at a moment. */
export interface Moment {
  /** The last tick, or turn. */
  readonly tick: number;
  /** When the last thing happened that is in it, in microseconds of the room's clock. */
  readonly atUs: number;
  readonly tables: readonly ShownTable[];
  /** Tables that never left the server. */
  readonly hidden: readonly ShownTable[];
  readonly members: readonly MomentMember[];
  /** The newest events up to it, the newest last. */
  readonly events: readonly ShownEvent[];
  /** How many blocks and happenings were looked at: what a look costs. */
  readonly looked: { readonly blocks: number; readonly happenings: number };
}

/** Who was in the room. */
export interface MomentMember {
  readonly seat: number;
  readonly playerId: string;
  readonly connected: boolean;
}

/** An event, as JSON for people. */
export interface ShownEvent {
  /** 0: an ephemeral one. */
  readonly cursor: number;
  readonly atUs: number;
  readonly kind: string;
  /** Empty: the room. */
  readonly sender: string;
  readonly payload: JsonValue;
}

const eventsShown = 50;

/**
 * What a room was like at a moment: from the keyframe before it on. A moment before the recording is its first one, one after it the last.
 * @throws RoomlineError `invalid-recording`
 */
export function momentOf(recording: Recording, which: MomentOf): Moment {
  const { blocks } = recording;
  const at = keyframeBefore(blocks, which);
  const look = new MomentLook(blocks, at);
  for (let index = at; index < blocks.length; index++) {
    const block = blocks[index];
    if (block === undefined || (index > at && isAfter(block, which))) break;
    if (!look.through(block, which)) break;
  }
  return look.shown();
}

/** The events of a commit, as JSON for people. */
export function eventsOf(
  { entries, ephemerals }: Commit,
  kinds: readonly RecordedKind[],
  atUs: number,
): ShownEvent[] {
  return [...entries, ...ephemerals].flatMap((entry) => shownEvent(entry, kinds, atUs) ?? []);
}

/** The last keyframe that is not after the moment. The first block is a beginning, and a keyframe is behind each. */
function keyframeBefore(blocks: readonly RecordedBlock[], which: MomentOf): number {
  let low = 0;
  let high = blocks.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    const block = blocks[middle];
    if (block !== undefined && isAfter(block, which)) high = middle;
    else low = middle;
  }
  while (low > 0 && blocks[low]?.part !== Part.KEYFRAME) low--;
  return low;
}

function isAfter({ tick, atUs }: RecordedBlock, which: MomentOf): boolean {
  return "tick" in which ? tick > which.tick : atUs > which.atUs;
}

/** Goes through blocks up to a moment. */
class MomentLook {
  readonly #tables: RecordedTables;
  readonly #hidden: RecordedTables;
  readonly #events: ShownEvent[] = [];
  readonly #kinds: readonly RecordedKind[];
  readonly #room: { readonly tickRateHz: number };
  readonly #members = new Map<number, MomentMember>();
  #tick = 0;
  #atUs = 0;
  #blocks = 0;
  #happenings = 0;

  constructor(blocks: readonly RecordedBlock[], at: number) {
    let from = at;
    while (from > 0 && blocks[from]?.part !== Part.BEGINNING) from--;
    const beginning = beginningOf(blocks[from] as RecordedBlock);
    const types = recordedTypes(beginning);
    this.#room = beginning;
    this.#tables = new RecordedTables(types.tables);
    this.#hidden = new RecordedTables(types.hidden);
    this.#kinds = types.events;
    this.#tick = blocks[at]?.tick ?? 0;
    this.#atUs = blocks[at]?.atUs ?? 0;
  }

  /** Returns whether the moment may be in a later block. */
  through(block: RecordedBlock, which: MomentOf): boolean {
    this.#blocks++;
    this.#tick = block.tick;
    if (block.part === Part.KEYFRAME) this.#keyframe(block);
    if (block.part !== Part.HAPPENINGS) return true;
    for (const timed of outcomesOf(block)) {
      this.#happenings++;
      if (this.#isBeyond(timed, which)) return false;
      this.#take(timed);
    }
    return true;
  }

  shown(): Moment {
    return {
      tick: this.#tick,
      atUs: this.#atUs,
      tables: this.#tables.shown(),
      hidden: this.#hidden.shown(),
      members: [...this.#members.values()],
      events: this.#events.slice(-eventsShown),
      looked: { blocks: this.#blocks, happenings: this.#happenings },
    };
  }

  #isBeyond({ atUs, happening }: TimedHappening, which: MomentOf): boolean {
    if ("atUs" in which) return atUs > which.atUs;
    return this.#tick >= which.tick && isStep(happening, this.#room);
  }

  #keyframe(block: RecordedBlock): void {
    const { state, hidden, members } = keyframeOf(block);
    this.#tables.apply(state, true);
    this.#hidden.apply(hidden, true);
    this.#members.clear();
    for (const { seat, playerId, connected } of members)
      this.#members.set(seat, { seat, playerId, connected });
  }

  #take({ atUs, happening }: TimedHappening): void {
    const { what } = happening;
    this.#atUs = atUs;
    if (isStep(happening, this.#room)) this.#tick++;
    switch (what.case) {
      case "commit":
        this.#commit(what.value, atUs);
        break;
      case "seated":
        this.#seated(what.value);
        break;
      case "drop":
      case "resume": {
        const member = this.#members.get(what.value);
        if (member !== undefined)
          this.#members.set(member.seat, { ...member, connected: what.case === "resume" });
        break;
      }
      default:
        break;
    }
  }

  #commit(commit: Commit, atUs: number): void {
    const { patch, hidden } = commit;
    if (patch !== undefined) this.#tables.apply(patch.body, patch.baseTick === 0n);
    if (hidden !== undefined) this.#hidden.apply(hidden.body, hidden.baseTick === 0n);
    this.#events.push(...eventsOf(commit, this.#kinds, atUs));
  }

  #seated({ seat, playerId, there }: { seat: number; playerId: string; there: boolean }): void {
    if (there) this.#members.set(seat, { seat, playerId, connected: true });
    else
      for (const member of [...this.#members.values()])
        if (member.playerId === playerId) this.#members.delete(member.seat);
  }
}

function shownEvent(
  { cursor, body: encoded }: Entry,
  kinds: readonly RecordedKind[],
  atUs: number,
): ShownEvent | undefined {
  const { body } = fromBinary(ServerMessageSchema, encoded);
  if (body.case !== "event") return undefined;
  const kind = kinds.find(({ number }) => number === body.value.kind);
  return {
    cursor: safeNumber(cursor),
    atUs,
    kind: kind?.name ?? String(body.value.kind),
    sender: body.value.sender,
    payload: kind === undefined ? null : shownPayload(kind.type, body.value.payload),
  };
}
