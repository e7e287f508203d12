import type { Client } from "../../client/client.ts";
import type { Contract } from "../../shared/contract/contract.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { NetworkGiven } from "../../shared/network/conditions.ts";
import type { RandomSource } from "../../shared/random.ts";
import type { TestEngine, TestLine } from "../test-engine.ts";
import type { SentKind } from "./inputs.ts";
import type { Deed, SimulatedPlayer, SimulateOptions, SimulationPlan } from "./options.ts";
import type { Recorder } from "./recorder.ts";
import { Stay } from "./stay.ts";
import { shown, type Trace } from "./trace.ts";

/** The one room of a simulation, and its type. */
export const simulatedRoom = { roomId: "room", roomType: "room" } as const;

/** How long troubles last at most, in milliseconds. */
const troubleMs = { offline: 5_000, stall: 5_000, pause: 3_000 } as const;

/** What the players of a run share. */
export interface PlayerWorld<C extends Contract> {
  readonly contract: C;
  readonly test: TestEngine;
  readonly recorder: Recorder;
  readonly plan: SimulationPlan;
  readonly options: SimulateOptions<C>;
  readonly inputs: readonly SentKind<C>[];
  readonly random: RandomSource;
  readonly trace: Trace;
  /** Something is not as it has to be. */
  readonly fault: (what: string, cause?: unknown) => void;
  readonly counts: { joins: number; sent: number; events: number; states: number };
}

/** A player who comes, does this and that, has a bad network, and goes. */
export class Player<C extends Contract> implements SimulatedPlayer<C> {
  readonly id: string;
  readonly #world: PlayerWorld<C>;
  #line: TestLine;
  #client: Client | undefined;
  #stay: Stay<C> | undefined;
  /** A connect or a join is under way. */
  #isComing = false;
  #isGone = false;
  /** Ways of programs that have ended: nothing of them may be left. */
  readonly #oldLines: TestLine[] = [];
  /** Why it was not let in the last time. */
  refusal: string | undefined;

  constructor(id: string, world: PlayerWorld<C>) {
    this.id = id;
    this.#world = world;
    this.#line = this.#openLine();
  }

  get session(): Stay<C>["session"] | undefined {
    const session = this.#stay?.session;
    return session?.status === "closed" ? undefined : session;
  }

  get stay(): Stay<C> | undefined {
    return this.#stay;
  }

  get livePairs(): number {
    return [this.#line, ...this.#oldLines].reduce((sum, { livePairs }) => sum + livePairs, 0);
  }

  /** What it waits for; undefined when it is at rest. */
  get waitsFor(): string | undefined {
    if (this.#isComing) return "a join is under way";
    if (this.#client !== undefined && this.#client.state !== "live")
      return `its connection is ${this.#client.state}`;
    return undefined;
  }

  /** Lets something happen to it. */
  act(deed: Deed): void {
    if (this.#isComing) return;
    const { random, test } = this.#world;
    const { session } = this;
    if (session === undefined) {
      void this.join();
      return;
    }
    switch (deed) {
      case "send":
        this.#send();
        return;
      case "leave":
        this.#note("leave");
        void session.leave();
        return;
      case "cut": {
        const offlineMs = Math.floor(random() * troubleMs.offline);
        this.#note(`cut, offline for ${offlineMs} ms`);
        this.#line.cut(offlineMs);
        return;
      }
      case "stall": {
        const forMs = Math.floor(random() * troubleMs.stall);
        this.#note(`stalled for ${forMs} ms`);
        this.#line.network.stall(forMs);
        return;
      }
      case "pause": {
        const stay = this.#stay;
        if (stay?.pause() !== true) return;
        this.#note("pause");
        test.clock.setTimer(() => this.#resume(stay), random() * troubleMs.pause);
        return;
      }
      case "restart":
        this.#restart();
        return;
      case "network":
        this.goOn();
        return;
    }
  }

  /** Takes a seat, if the room lets it. */
  async join(): Promise<void> {
    if (this.#isComing || this.#isGone || this.session !== undefined) return;
    this.#isComing = true;
    try {
      await this.#join();
    } catch (error) {
      const { code, message } = RoomlineError.from(error);
      this.refusal = `${code}: ${message}`;
      this.#note(`not let in: ${this.refusal}`);
    }
    this.#isComing = false;
  }

  /** Its network is as good as it is from now on, and it pauses nothing. */
  calm(): void {
    this.#line.network.change({});
    if (this.#stay !== undefined) this.#resume(this.#stay);
  }

  /** The calm is over: it is on one of the networks again. */
  goOn(): void {
    const network = this.#pickNetwork();
    if (network === undefined) return;
    this.#note(`network ${shown(network)}`);
    this.#line.network.change(network);
  }

  /** Leaves for good. */
  async goodbye(): Promise<void> {
    this.#isGone = true;
    const session = this.session;
    await session?.leave();
    await this.#client?.close();
    this.#count();
  }

  async #join(): Promise<void> {
    const { contract, options, recorder, random, counts, fault } = this.#world;
    const { joinOptions } = options;
    this.#client ??= await this.#connect();
    const given = joinOptions?.(this.id, random);
    this.#note(`join${given === undefined ? "" : ` ${shown(given)}`}`);
    const join = { ...simulatedRoom, ...(given !== undefined && { options: given }) };
    const session = await this.#client.join(contract, join);
    this.#count();
    this.#stay = new Stay(session, contract, {
      recorder,
      note: (what) => this.#note(what),
      fault: (what) => fault(`${this.id}: ${what}`),
    });
    counts.joins++;
    this.#note("joined");
  }

  async #connect(): Promise<Client> {
    const { fault } = this.#world;
    this.#note("connect");
    const client = await this.#line.connect(this.id, {
      connectTimeoutMs: Infinity,
      log: { debug: () => undefined, info: () => undefined, warn: () => undefined },
      onError: (error, where) => fault(`${this.id}: ${where} failed: ${String(error)}`, error),
    });
    client.onStateChange((state) => {
      if (this.#client === client) this.#note(`connection ${state}`);
    });
    return client;
  }

  #send(): void {
    const { inputs, random, counts } = this.#world;
    const input = inputs[Math.floor(random() * inputs.length)];
    const payload = input?.make(random, this);
    if (input === undefined || payload === undefined) return;
    const { kind, isRequest } = input;
    if (this.#stay?.send(kind, payload, isRequest) !== true) return;
    counts.sent++;
    this.#note(`${isRequest ? "request" : "send"} ${kind} ${shown(payload)}`);
  }

  #resume(stay: Stay<C>): void {
    if (stay.resume()) this.#note("resume");
  }

  /** The program ends without a goodbye, and another one of the same name is started. */
  #restart(): void {
    this.#note("restart");
    const [client, line] = [this.#client, this.#line];
    this.#count();
    this.#client = this.#stay = undefined;
    this.#oldLines.push(line);
    this.#line = this.#openLine();
    // Nothing of its end gets out.
    line.cut(3_600_000);
    void client?.close();
    void this.join();
  }

  #openLine(): TestLine {
    return this.#world.test.openLine(this.#pickNetwork());
  }

  /** One of the networks; undefined when there are none. */
  #pickNetwork(): NetworkGiven | undefined {
    const { plan, random } = this.#world;
    return plan.networks[Math.floor(random() * plan.networks.length)];
  }

  /** What the stay that is over has seen. */
  #count(): void {
    const { counts } = this.#world;
    counts.events += this.#stay?.events ?? 0;
    counts.states += this.#stay?.states ?? 0;
  }

  #note(what: string): void {
    this.#world.trace.note(this.id, what);
  }
}
