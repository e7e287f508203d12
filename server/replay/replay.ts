import { createHash } from "node:crypto";
import { toBinary } from "@bufbuild/protobuf";
import { createSystemClock } from "../../shared/clock.ts";
import { messageOf, RoomlineError } from "../../shared/errors.ts";
import { Part, type Beginning } from "../../shared/gen/roomline/recording/v1/recording_pb.ts";
import { ContractTableSchema } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { momentOf } from "../../shared/recording/moment.ts";
import {
  beginningOf,
  isStep,
  keyframeOf,
  wallMsAt,
  type RecordedBlock,
  type Recording,
} from "../../shared/recording/recording.ts";
import {
  RecordedTables,
  recordedTypes,
  type ShownTable,
} from "../../shared/recording/recorded-tables.ts";
import { sameBytes } from "../../shared/state/scalar-codec.ts";
import type { Commit } from "../feed/commit.ts";
import { silentLog, type Log } from "../observe/log.ts";
import { SeenState, type SeenCommit } from "../recording/seen-state.ts";
import type { RoomTypeConfig } from "../room/config.ts";
import { differingPart, type DifferingPart } from "./commit-difference.ts";
import { HappeningStream, type NextThing } from "./happening-stream.ts";
import { ReplayClock } from "./replay-clock.ts";
import { ReplayedRoom } from "./replayed-room.ts";
import { tableDifference, type TableDifference } from "./table-difference.ts";
import { UnrepeatableCalls, type UnrepeatableCall } from "./unrepeatable-calls.ts";

/** Where a room that is run again first does something else than in its recording. */
export interface ReplayDifference extends Partial<TableDifference> {
  readonly tick: number;
  /** Since the beginning of the recording, in milliseconds. */
  readonly atMs: number;
  /** The time of day, in milliseconds since the Unix epoch. */
  readonly wallMs: number;
  /** What of it differs. */
  readonly part: DifferingPart | "missing" | "surplus" | "failed";
  /** One line for people. */
  readonly message: string;
}

/** What came of running a room again. */
export interface ReplayResult {
  readonly roomId: string;
  readonly roomType: string;
  /** Undefined: it did the same, to the byte. */
  readonly difference: ReplayDifference | undefined;
  /** Calls of its code whose answer is another one each time. */
  readonly calls: readonly UnrepeatableCall[];
  /** What was run. */
  readonly ticks: number;
  readonly inputs: number;
  readonly commits: number;
  /** How many seconds of the recording were run, and how many of these came to the same state, tick by tick. */
  readonly seconds: number;
  readonly sameSeconds: number;
  /** Of all that the room did: equal for equal runs. SHA-256, in hex. */
  readonly hash: string;
  /** Parts of the recording that could not be run, and why. */
  readonly skipped: readonly string[];
}

interface ReplayParts {
  /** The room's type, with the limits it had. */
  readonly config: RoomTypeConfig;
  /** Where its code logs to. Default: nowhere. */
  readonly log?: Log;
}

/**
 * Runs a room's code over what it heard in a recording, on a clock of its own, and compares all that it does with what it did.
 * Rejects with RoomlineError `contract-mismatch`: its contract is another one now; `invalid-recording`: it cannot be run from anywhere.
 */
export async function runReplay(recording: Recording, parts: ReplayParts): Promise<ReplayResult> {
  checkContract(recording.beginning, parts.config);
  const calls = new UnrepeatableCalls();
  calls.begin();
  try {
    return await new Replay(recording, parts, calls).run();
  } finally {
    calls.end();
  }
}

function checkContract({ contract, roomType }: Beginning, config: RoomTypeConfig): void {
  const ours = toBinary(ContractTableSchema, config.contractWire);
  if (contract !== undefined && sameBytes(toBinary(ContractTableSchema, contract), ours)) return;
  throw new RoomlineError(
    "contract-mismatch",
    `The recording is of a room with another contract than that of room type "${roomType}" here: run it with the code of then.`,
  );
}

class Replay {
  readonly #recording: Recording;
  readonly #parts: ReplayParts;
  readonly #calls: UnrepeatableCalls;
  readonly #stream: HappeningStream;
  readonly #skipped: string[] = [];
  readonly #hash = createHash("sha256");
  readonly #count = { ticks: 0, inputs: 0, commits: 0 };
  #clock = new ReplayClock();
  #seen = new SeenState();
  #replayed: ReplayedRoom | undefined;
  #difference: ReplayDifference | undefined;
  #atUs: number;
  /** What promises were waited for before. */
  #settledAt: NextThing | undefined;
  #startUs = 0;

  constructor(recording: Recording, parts: ReplayParts, calls: UnrepeatableCalls) {
    this.#recording = recording;
    this.#parts = parts;
    this.#calls = calls;
    const from = this.#firstThatRuns();
    this.#stream = new HappeningStream(recording.blocks, from);
    this.#startUs = recording.blocks[from]?.atUs ?? 0;
    this.#atUs = this.#startUs;
  }

  async run(): Promise<ReplayResult> {
    for (let next = this.#stream.next; next !== undefined; next = this.#stream.next) {
      if (this.#difference !== undefined) break;
      // No promise may go on where none did: there is no await but where one is due.
      const wait = this.#through(next);
      if (wait !== undefined) await wait;
    }
    const { roomId, roomType, endUs } = this.#recording;
    const seconds = Math.ceil((endUs - this.#startUs) / 1e6);
    const same =
      this.#difference === undefined ? seconds : Math.floor((this.#atUs - this.#startUs) / 1e6);
    return {
      ...{ roomId, roomType, ...this.#count, seconds, sameSeconds: same },
      difference: this.#difference,
      calls: this.#calls.found,
      hash: this.#hash.digest("hex"),
      skipped: this.#skipped,
    };
  }

  /** The first block from which the room can be run. */
  #firstThatRuns(): number {
    const { blocks, startUs } = this.#recording;
    let why = "";
    for (const [index, block] of blocks.entries()) {
      if (block.part !== Part.BEGINNING) continue;
      const { from } = beginningOf(block);
      if (from.case !== "continued" || from.value.image.length > 0) {
        if (index > 0) this.#skipped.push(`the first ${seconds(block.atUs - startUs)}: ${why}`);
        return index;
      }
      why = from.value.whyNone;
    }
    throw new RoomlineError(
      "invalid-recording",
      `This recording can be looked at and not be run: its beginning was dropped, and there is no image to go on from (${why}).`,
    );
  }

  /** Returns what is to be waited for. */
  #through(next: NextThing): Promise<void> | undefined {
    if (next.kind !== "happening") {
      this.#stream.pass();
      if (next.kind === "beginning") this.#begin(next.block);
      else this.#keyframe(next.block);
      return undefined;
    }
    const { what, settled } = next.happening;
    const waits = settled || what.case === "commit" || what.case === "read";
    if (waits && this.#settledAt !== next && this.#replayed?.room.isQuiet === false) {
      // Then the same again: what goes on after it has waited may have come to it.
      this.#settledAt = next;
      return settledPromises();
    }
    return this.#happening(next);
  }

  #happening({
    atUs,
    happening: { what },
  }: NextThing & { kind: "happening" }): Promise<void> | undefined {
    this.#atUs = atUs;
    switch (what.case) {
      case "commit":
        this.#differ("missing", "the room has shown nothing here, and it had");
        return undefined;
      case "opened":
        this.#stream.pass();
        return this.#opened();
      case "wallOffsetUs":
        this.#clock.wallOffsetUs = what.value;
        this.#stream.pass();
        return undefined;
      case "over":
        this.#stream.pass();
        this.#replayed = undefined;
        return undefined;
      default:
        this.#hear();
        return undefined;
    }
  }

  #begin(block: RecordedBlock): void {
    const beginning = beginningOf(block);
    if (beginning.from.case === "continued" && this.#replayed !== undefined) return;
    this.#clock = new ReplayClock();
    this.#clock.onRead = () => this.#read();
    this.#clock.nowUs = block.atUs;
    this.#clock.wallOffsetUs = beginning.wallOffsetUs;
    this.#clock.depth++;
    this.#seen = new SeenState();
    const { config, log = silentLog } = this.#parts;
    const replayed = new ReplayedRoom(beginning, {
      ...{ config, log, clock: this.#clock },
      onCommit: (commit) => this.#committed(commit),
      onTold: () => this.#nested(),
    });
    this.#replayed = replayed;
    try {
      replayed.begin(beginning);
      if (beginning.from.case !== "made") this.#seen.begin(replayed.room.states);
    } catch (thrown) {
      this.#differ(
        "failed",
        `the room cannot be ${beginning.from.case === "made" ? "made" : "picked up"}: ${messageOf(thrown)}`,
      );
    } finally {
      this.#clock.depth--;
    }
  }

  /** What the room was like as a whole: finds what no commit has told of. */
  #keyframe(block: RecordedBlock): void {
    const states = this.#replayed?.room.states;
    if (states === undefined) return;
    const { state, hidden } = keyframeOf(block);
    const ours = states.state.tick > 0 ? states.state.snapshot().body : new Uint8Array(0);
    if (!sameBytes(state, ours)) this.#differInTables("state");
    const oursHidden =
      states.hidden !== undefined && states.hidden.tick > 0
        ? states.hidden.snapshot().body
        : new Uint8Array(0);
    if (!sameBytes(hidden, oursHidden)) this.#differInTables("hidden");
    this.#seen.begin(states);
  }

  async #opened(): Promise<void> {
    try {
      await this.#replayed?.opened();
    } catch (thrown) {
      this.#differ("failed", `the room cannot be made: ${messageOf(thrown)}`);
    }
  }

  /** Tells the room what it heard next. */
  #hear(): void {
    const { next } = this.#stream;
    if (next?.kind !== "happening") return;
    this.#stream.pass();
    this.#atUs = next.atUs;
    if (next.happening.what.case === "input") this.#count.inputs++;
    if (isStep(next.happening, this.#recording)) this.#count.ticks++;
    const clock = this.#clock;
    if (clock.depth === 0) clock.nowUs = next.atUs;
    clock.depth++;
    try {
      const { tickRateHz } = this.#recording;
      this.#replayed?.hear(next.happening, tickRateHz > 0 ? 1_000 / tickRateHz : 0);
    } finally {
      clock.depth--;
    }
  }

  /** What came into the room while it told somebody something. */
  #nested(): void {
    for (;;) {
      const { next } = this.#stream;
      if (next?.kind !== "happening") return;
      const { nested, what } = next.happening;
      if (what.case === "seated") this.#stream.pass();
      else if (!nested || what.case === "commit") return;
      else this.#hear();
    }
  }

  /** What the room's code was told when it asked for the time after it had waited. */
  #read(): number | undefined {
    const { next } = this.#stream;
    if (next?.kind !== "happening" || next.happening.what.case !== "read") return undefined;
    this.#stream.pass();
    this.#atUs = next.atUs;
    return next.atUs;
  }

  #committed(commit: Commit): void {
    const states = this.#replayed?.room.states;
    if (states === undefined || this.#difference !== undefined) return;
    const seen = this.#seen.commit(states, commit);
    this.#count.commits++;
    this.#addToHash(seen);
    const next = this.#nextCommit();
    if (next === undefined) {
      this.#differ("surplus", "the room has shown something here, and it had not");
      return;
    }
    const part = differingPart(next, seen);
    this.#stream.pass();
    if (part === "state" || part === "hidden") this.#differInTables(part);
    else if (part !== undefined) this.#differ(part, texts[part]);
  }

  /** The commit that comes next, past what is only noted in between. */
  #nextCommit() {
    for (;;) {
      const { next } = this.#stream;
      if (next?.kind !== "happening") return undefined;
      const { what } = next.happening;
      if (what.case === "commit") return what.value;
      if (what.case !== "seated" && what.case !== "lags" && what.case !== "wallOffsetUs")
        return undefined;
      this.#stream.pass();
    }
  }

  #addToHash({ commit, patch, hidden }: SeenCommit): void {
    const hash = this.#hash;
    hash.update(`${commit.stateTick} ${commit.acks.join()}\n`);
    for (const { body } of [...commit.entries, ...commit.ephemerals]) hash.update(body);
    if (patch !== undefined) hash.update(patch.body);
    if (hidden !== undefined) hash.update(hidden.body);
  }

  #differInTables(part: "state" | "hidden"): void {
    const recorded = momentOf(this.#recording, { tick: this.#replayed?.room.tickNumber ?? 0 });
    const replayed = this.#tables(part);
    const found = tableDifference(part === "state" ? recorded.tables : recorded.hidden, replayed);
    const where =
      found &&
      `${part === "hidden" ? "hidden " : ""}${found.table}[${JSON.stringify(found.key)}]${found.field === undefined ? "" : `.${found.field}`}`;
    const text =
      found && `${where} is ${shown(found.replayed)}, and it was ${shown(found.recorded)}`;
    this.#differ(
      part,
      text ?? "the tables have the same values, and were changed in another way",
      found,
    );
  }

  /** The tables of the room that is run again, as they are now. */
  #tables(part: "state" | "hidden"): readonly ShownTable[] {
    const states = this.#replayed?.room.states;
    const state = part === "state" ? states?.state : states?.hidden;
    const types = recordedTypes(this.#recording.beginning);
    const tables = new RecordedTables(part === "state" ? types.tables : types.hidden);
    if (state !== undefined) tables.apply(state.snapshot().body, true);
    return tables.shown();
  }

  #differ(part: ReplayDifference["part"], text: string, found?: TableDifference): void {
    if (this.#difference !== undefined) return;
    const tick = this.#replayed?.room.tickNumber ?? 0;
    const atMs = (this.#atUs - this.#recording.startUs) / 1_000;
    const step = this.#recording.tickRateHz > 0 ? "tick" : "turn";
    const message = `${step} ${tick}, ${seconds(atMs * 1_000)} after the beginning: ${text}.`;
    const wallMs = wallMsAt(this.#recording, this.#atUs);
    this.#difference = { tick, atMs, wallMs, part, message, ...found };
  }
}

const texts: Readonly<Record<Exclude<DifferingPart, "state" | "hidden">, string>> = {
  tick: "the state was shown with another tick",
  events: "other events were published",
  ephemerals: "other ephemeral events were published",
  acks: "other inputs were acknowledged",
  answers: "players were answered otherwise",
};

function shown(value: unknown): string {
  return value === undefined ? "missing" : JSON.stringify(value);
}

function seconds(us: number): string {
  return `${(us / 1e6).toFixed(3)} s`;
}

const machine = createSystemClock();

/** A real turn of the event loop: every promise that can go on by itself has, afterwards. */
function settledPromises(): Promise<void> {
  return new Promise((resolve) => machine.defer(resolve));
}
