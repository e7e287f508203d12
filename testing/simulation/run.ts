import type { Contract } from "../../shared/contract/contract.ts";
import { messageOf } from "../../shared/errors.ts";
import type { IdSource } from "../../shared/ids.ts";
import { createSeededRandom, type RandomSource } from "../../shared/random.ts";
import { silentLog, type Log } from "../../server/observe/log.ts";
import type { RoomType } from "../../server/room/define-room.ts";
import { createTestEngine, type TestEngine } from "../test-engine.ts";
import { promisesReady } from "../virtual-clock.ts";
import { SimulationFailure } from "./failure.ts";
import type { SentKind } from "./inputs.ts";
import type { Deed, SimulatedMoment, SimulateOptions, SimulationPlan } from "./options.ts";
import { Player, simulatedRoom } from "./player.ts";
import { Recorder, type RecordedLife } from "./recorder.ts";
import { Trace } from "./trace.ts";

/** Time between two things that happen, in milliseconds, at most. */
const stepMs = 100;
/** After so many of them all is let become quiet, and looked at. */
const roundSteps = 100;
/** How long that may take. */
const quietMsMax = 180_000;

/** What one run was like. */
export interface RunCounts {
  joins: number;
  /** Inputs that players have sent, and those that the room has handled. */
  sent: number;
  handled: number;
  /** Events that players have seen. */
  events: number;
  /** States of players that were compared with the room. */
  states: number;
}

/** What all runs of a simulation share. */
export interface RunParts<C extends Contract> {
  readonly room: RoomType<C>;
  readonly plan: SimulationPlan;
  readonly options: SimulateOptions<C>;
  readonly inputs: readonly SentKind<C>[];
}

/** One run: the same seed and options do the same. */
export class Run<C extends Contract> {
  readonly #seed: number;
  readonly #parts: RunParts<C>;
  readonly #test: TestEngine;
  readonly #random: RandomSource;
  readonly #trace: Trace;
  readonly #recorder: Recorder;
  readonly #players: readonly Player<C>[];
  readonly #counts: RunCounts = { joins: 0, sent: 0, handled: 0, events: 0, states: 0 };
  #fault: { readonly what: string; readonly cause: unknown } | undefined;
  #step = 0;
  #commitsSeen = 0;
  #lifeSeen: RecordedLife | undefined;

  constructor(seed: number, parts: RunParts<C>) {
    const { room, plan, options } = parts;
    this.#seed = seed;
    this.#parts = parts;
    this.#random = createSeededRandom(seed);
    const fault = (what: string, cause?: unknown): void => void (this.#fault ??= { what, cause });
    this.#recorder = new Recorder(room.contract, fault);
    const { claims, limits, moveRooms } = options;
    this.#test = createTestEngine({
      seed,
      rooms: { [simulatedRoom.roomType]: this.#recorder.watched(room) },
      ids: seededIds(createSeededRandom(seed + 2)),
      log: faultLog(fault),
      limits: { inputsPerSecond: 100_000, inputsBurst: 100_000, ...limits },
      ...(moveRooms !== undefined && { moveRooms }),
      ...(claims !== undefined && {
        authenticate: ({ clientId }) => ({ clientId, claims: claims(clientId) }),
      }),
    });
    const { clock } = this.#test;
    const onLine = options.onTrace;
    this.#trace = new Trace(() => clock.now(), onLine && ((line) => onLine(line, seed)));
    const world = {
      ...{ contract: room.contract, test: this.#test, recorder: this.#recorder, plan, options },
      ...{ inputs: parts.inputs, random: this.#random, trace: this.#trace, fault },
      counts: this.#counts,
    };
    this.#players = Array.from(
      { length: plan.players },
      (_, index) => new Player(`p${index + 1}`, world),
    );
  }

  /** Rejects with a {@link SimulationFailure}. */
  async go(): Promise<RunCounts> {
    const { steps, weights } = this.#parts.plan;
    const { length } = this.#players;
    for (this.#step = 1; this.#step <= steps; this.#step++) {
      // Everybody comes first.
      const at = this.#step <= length ? this.#step - 1 : Math.floor(this.#random() * length);
      this.#players[at]?.act(choose(weights, this.#random));
      await this.#advance(this.#random() * stepMs);
      if (this.#recorder.life !== undefined) this.#checkInvariant(this.#recorder.life);
      if (this.#step % roundSteps !== 0 && this.#step !== steps) continue;
      await this.#calm();
      for (const player of this.#players) player.goOn();
    }
    if (this.#counts.joins === 0)
      this.#fail(
        `nobody was let into the room: ${this.#players[0]?.refusal ?? "it was too short"}`,
      );
    await this.#end();
    this.#counts.handled = this.#recorder.inputs;
    return this.#counts;
  }

  /** Lets time pass, and looks at the room whenever it has done something. */
  async #advance(ms: number): Promise<void> {
    const { clock } = this.#test;
    const untilMs = clock.now() + ms;
    await promisesReady();
    while (clock.now() < untilMs || clock.pendingDeferred > 0) {
      clock.step(Math.max(0, untilMs - clock.now()));
      await promisesReady();
      this.#look();
    }
  }

  #look(): void {
    const life = this.#recorder.follow(this.#test.engine, simulatedRoom.roomId);
    if (this.#fault !== undefined) this.#fail(this.#fault.what, this.#fault.cause);
    if (life === undefined) return;
    if (life === this.#lifeSeen && life.commits === this.#commitsSeen) return;
    [this.#lifeSeen, this.#commitsSeen] = [life, life.commits];
    this.#checkInvariant(life);
  }

  #checkInvariant(life: RecordedLife): void {
    const { invariant } = this.#parts.options;
    if (invariant === undefined || life.room.isClosed) return;
    const moment: SimulatedMoment<C> = {
      room: life.room.context as unknown as SimulatedMoment<C>["room"],
      players: this.#players,
      seed: this.#seed,
      timeMs: this.#test.clock.now(),
    };
    let verdict: unknown;
    try {
      verdict = invariant(moment);
    } catch (thrown) {
      this.#fail(`the invariant does not hold: ${firstLine(thrown)}`, thrown);
    }
    if (verdict === false) this.#fail("the invariant does not hold");
    if (verdict instanceof Promise) this.#fail("the invariant returns a promise: it must not wait");
  }

  /** Ends all troubles, waits until nothing is under way, and compares what everybody has seen. */
  async #calm(): Promise<void> {
    this.#trace.note("", "quiet");
    const { clock } = this.#test;
    for (const player of this.#players) player.calm();
    await this.#advance(2_000);
    for (const player of this.#players) void player.join();
    const untilMs = clock.now() + quietMsMax;
    const life = this.#recorder.life;
    const [head, tick] = [life?.head ?? 0, life?.tick ?? 0];
    for (;;) {
      await this.#advance(500);
      const problem = this.#problem(head, tick);
      if (problem === undefined) return;
      if (clock.now() > untilMs)
        this.#fail(`${problem}, ${quietMsMax / 1_000} s after the last trouble`);
    }
  }

  #problem(head: number, tick: number): string | undefined {
    const { life } = this.#recorder;
    for (const player of this.#players) {
      const waits = player.waitsFor;
      if (waits !== undefined) return `${player.id}: ${waits}`;
      const problem = life && player.stay?.problem(life, head, tick);
      if (problem !== undefined) return `${player.id}: ${problem}`;
    }
    return undefined;
  }

  /** Everybody goes, the server stops: nothing may be left. */
  async #end(): Promise<void> {
    this.#trace.note("", "the end");
    const { engine, clock } = this.#test;
    const gone = this.#players.map((player) => player.goodbye());
    await this.#advance(20_000);
    await Promise.all(gone);
    // A seat whose player was restarted and not let in again is kept for a while.
    const resumeMs = this.#recorder.life?.room.config.resumeWindowMs ?? 0;
    if (this.#seatsLeft > 0 && resumeMs < Infinity) await this.#advance(resumeMs + 1_000);
    if (this.#seatsLeft > 0 && resumeMs < Infinity)
      this.#fail(`${this.#seatsLeft} seats are left after everybody has gone`);
    for (const player of this.#players) {
      if (player.livePairs > 0) this.#fail(`${player.id} has a connection after it has gone`);
    }
    engine.stop();
    await this.#advance(1_000);
    const left = {
      connections: engine.connections.size,
      sessions: [...engine.sessions.sessions()].length,
      rooms: engine.rooms.size,
      timers: engine.timersWaiting + clock.pendingTimers,
    };
    for (const [what, count] of Object.entries(left))
      if (count > 0) this.#fail(`${count} ${what} are left after the server has stopped`);
    const { onRecording } = this.#parts.options;
    if (onRecording === undefined) return;
    for (const { roomId, epoch } of engine.recordings.list())
      await onRecording(await engine.recordings.read(roomId, epoch), this.#seed);
  }

  get #seatsLeft(): number {
    const life = this.#recorder.life;
    return life === undefined || life.room.isClosed ? 0 : life.room.context.players.size;
  }

  #fail(what: string, cause?: unknown): never {
    throw new SimulationFailure({
      seed: this.#seed,
      step: Math.min(this.#step, this.#parts.plan.steps),
      timeMs: this.#test.clock.now(),
      what,
      cause,
      trace: this.#trace.lines,
    });
  }
}

/** What was thrown, in one line: assertions go on with what differs. */
function firstLine(thrown: unknown): string {
  return messageOf(thrown).split("\n")[0] ?? "";
}

/** One of the names, each as often as its weight says. */
function choose(weights: Readonly<Record<Deed, number>>, random: RandomSource): Deed {
  const entries = Object.entries(weights) as [Deed, number][];
  let rest = random() * entries.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [name, weight] of entries) {
    rest -= weight;
    if (rest < 0) return name;
  }
  return "send";
}

/** Ids that are the same in each run of a seed. */
function seededIds(random: RandomSource): IdSource {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  const make = (length: number) => (): string =>
    Array.from({ length }, () => letters[Math.floor(random() * letters.length)]).join("");
  return { id: make(10), secret: make(32) };
}

/** What the engine says of code that fails. */
function faultLog(fault: (what: string, cause: unknown) => void): Log {
  const log: Log = {
    ...silentLog,
    error(fields, message) {
      const { err } = fields as { readonly err?: unknown };
      fault(err === undefined ? message : `${message}: ${firstLine(err)}`, err);
    },
    child: () => log,
  };
  return log;
}
