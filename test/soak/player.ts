import { setTimeout as sleep } from "node:timers/promises";
import {
  connect,
  createGrpcDialer,
  createWebSocketDialer,
  type Client,
  type Transport,
} from "../../client/index.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { RandomSource } from "../../shared/random.ts";
import { choose, pick } from "../simulation/chance.ts";
import type { Findings } from "./findings.ts";
import { Seat } from "./seat.ts";

/** What a player does, and how often, as weights. */
const deeds = {
  say: 60,
  burst: 3,
  ask: 10,
  cut: 1.5,
  stall: 1,
  pause: 2,
  rate: 2,
  move: 2,
  kick: 0.7,
  comeBack: 0.4,
} as const;

/** Between two deeds, at most. */
const restMs = 60;
const burstMax = 40;
const pauseMsMax = 3_000;
const stallMsMax = 4_000;
const rateHzMax = 25;
const seatsMax = 4;
/** A newcomer waits for a server that stands still or begins anew. */
const connectTimeoutMs = 60_000;
const rooms = ["event-a", "event-b", "ticked-a", "ticked-b", "ticked-c"] as const;

/** What a player has around it. */
export interface PlayerParts {
  readonly name: string;
  readonly address: string;
  readonly random: RandomSource;
  readonly findings: Findings;
  kick(roomId: string, playerId: string): void;
}

/** One player: does whatever comes to its mind, until it is told that it is enough. */
export class Player {
  readonly #parts: PlayerParts;
  readonly #client: Client;
  readonly #transport: () => Transport | undefined;
  #seats: Seat[] = [];
  /** Pauses that are on their way. */
  readonly #under = new Set<Promise<void>>();

  private constructor(parts: PlayerParts, client: Client, transport: () => Transport | undefined) {
    this.#parts = parts;
    this.#client = client;
    this.#transport = transport;
  }

  /** Lives as player after player of one name, until `isOver`. */
  static async live(parts: PlayerParts, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const player = await Player.#connect(parts);
      await player.#live(isOver);
      await player.#leave();
      parts.findings.counts.comebacks++;
    }
  }

  static async #connect(parts: PlayerParts): Promise<Player> {
    const { name, address, random, findings } = parts;
    const isGrpc = random() < 0.5;
    let transport: Transport | undefined;
    const client = await connect(address, {
      clientId: name,
      connectTimeoutMs,
      dialer(target) {
        const dialer = isGrpc ? createGrpcDialer({ target }) : createWebSocketDialer({ target });
        return {
          target: dialer.target,
          dial: (metadata) => (transport = dialer.dial(metadata)),
        };
      },
      log: { debug() {}, info() {}, warn() {} },
      onError: (error, where) =>
        findings.fault("an error nobody caught", `${where}: ${String(error)}`),
    });
    client.onStateChange((state) => {
      const end = client.closeReason?.name ?? "";
      if (state === "closed" && end !== "client-closed" && end !== "left")
        findings.fault(`a client ended by ${end}`, name);
    });
    return new Player(parts, client, () => transport);
  }

  async #live(isOver: () => boolean): Promise<void> {
    const { random } = this.#parts;
    await this.#move();
    for (let isGone = false; !isGone && !isOver();) {
      isGone = (await this.#act(choose(deeds, random))) === "gone";
      await sleep(random() * restMs);
    }
  }

  async #act(deed: keyof typeof deeds): Promise<"gone" | undefined> {
    const { random, findings } = this.#parts;
    const { counts } = findings;
    const seat = pick(this.#seats, random);
    if (seat === undefined || !seat.isHeld || deed === "move") {
      await this.#move();
      return;
    }
    switch (deed) {
      case "say":
        seat.say(random() < 0.02 ? "throw" : random() < 0.05 ? "x".repeat(5_000) : undefined);
        return;
      case "burst":
        for (let count = Math.ceil(random() * burstMax); count > 0; count--) seat.say(undefined);
        return;
      case "ask":
        seat.ask();
        return;
      case "cut":
        counts.cuts++;
        this.#transport()?.destroy();
        return;
      case "stall":
        counts.stalls++;
        this.#stall();
        return;
      case "pause":
        counts.pauses++;
        this.#begin(seat.pause(random() * pauseMsMax));
        return;
      case "rate":
        counts.rates++;
        seat.setRate(Math.floor(random() * rateHzMax));
        return;
      case "kick":
        counts.kicks++;
        seat.mayBeKicked = true;
        this.#parts.kick(seat.roomId, seat.session.playerId);
        return;
      case "comeBack":
        return "gone";
    }
  }

  #stall(): void {
    const transport = this.#transport();
    transport?.pauseReading();
    this.#begin(sleep(this.#parts.random() * stallMsMax).then(() => transport?.resumeReading()));
  }

  #begin(work: Promise<void>): void {
    this.#under.add(work);
    void work.finally(() => this.#under.delete(work));
  }

  /** Leaves a room, if it has to, and enters another. */
  async #move(): Promise<void> {
    const { random, findings } = this.#parts;
    this.#seats = this.#seats.filter(({ isHeld }) => isHeld);
    if (this.#seats.length >= seatsMax || random() < 0.3) await this.#seats.shift()?.leave();
    const free = rooms.filter((room) => this.#seats.every(({ roomId }) => roomId !== room));
    const room = pick(free, random);
    if (room === undefined) return;
    try {
      this.#seats.push(await Seat.take(this.#client, room, findings));
    } catch (error) {
      const { code, message } = RoomlineError.from(error);
      findings.fault(`a join refused with ${code}`, message);
    }
  }

  async #leave(): Promise<void> {
    await Promise.all(this.#under);
    await Promise.all(this.#seats.map((seat) => seat.leave()));
    await this.#client.close();
  }
}
