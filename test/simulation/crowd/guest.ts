import assert from "node:assert/strict";
import { connect } from "../../../client/connect.ts";
import type { Client } from "../../../client/client.ts";
import { RoomlineError } from "../../../shared/errors.ts";
import type { RandomSource } from "../../../shared/random.ts";
import type { MemoryDialer } from "../../../shared/transport/memory-pair.ts";
import type { VirtualClock } from "../../../testing/virtual-clock.ts";
import { crowdContract, type Truth } from "./room.ts";
import { CrowdSeat } from "./seat.ts";
import { Line } from "./line.ts";

/** The rooms there may be, and their types. */
export const places = {
  lobby: "event",
  hall: "event",
  field: "ticked",
  arena: "slow",
} as const;
export type Place = keyof typeof places;
export const placeNames = Object.keys(places) as Place[];

/** Of the rules of rooms, of their code's own mind, and of those that end meanwhile. */
const mayBeRefusedWith: ReadonlySet<string> = new Set([
  "room-full",
  "room-locked",
  "refused",
  "join-refused",
  "unknown-room",
  "session-exists",
  "session-closed",
  "connection-closed",
]);

export interface GuestParts {
  readonly name: string;
  readonly clock: VirtualClock;
  readonly random: RandomSource;
  readonly truth: Truth;
  readonly dialer: MemoryDialer;
}

/** A player who comes and goes. */
export class Guest {
  readonly name: string;
  readonly dialer: MemoryDialer;
  readonly #parts: GuestParts;
  #client: Client | undefined;
  #line: Line | undefined;
  /** Counts on when it comes anew: no two seats have one name. */
  #joins = 0;
  #mistakes = 0;
  seats: CrowdSeat[] = [];
  /** When its connection was last cut. */
  cutAtMs = -1;

  private constructor(parts: GuestParts) {
    this.name = parts.name;
    this.dialer = parts.dialer;
    this.#parts = parts;
  }

  static async come(parts: GuestParts): Promise<Guest> {
    const guest = new Guest(parts);
    await guest.#come();
    return guest;
  }

  /** Before the first has come, there is none. */
  get client(): Client {
    return this.#client ?? assert.fail(`${this.name} has not come`);
  }

  /** Whether what is said now is heard, unless something happens on its way. */
  get isHeard(): boolean {
    return this.client.state === "live" && this.line?.isSilent === false;
  }

  get line(): Line | undefined {
    return this.#line;
  }

  /** The server is made to say something wrong: who is told may believe some of it, until it notices. */
  mistake(next: "comes twice" | "is lost"): void {
    this.#mistakes++;
    for (const { mayEnd } of this.seats) mayEnd.add("mistaken");
    this.line?.mistake(next);
  }

  cut(): void {
    this.cutAtMs = this.#parts.clock.now();
    this.dialer.cut();
  }

  /** Comes back at once over another network; the server believes for a while that the older line still stands. */
  roam(): void {
    this.cutAtMs = this.#parts.clock.now();
    this.#line?.vanish();
  }

  /** From now on nothing is heard and nothing told, until this end gives up. */
  fallSilent(): void {
    this.#line?.fallSilent();
  }

  join(roomId: Place): void {
    const { truth } = this.#parts;
    if (this.seats.some((seat) => seat.isHeld && seat.roomId === roomId)) return;
    const sessionId = `s${++this.#joins}`;
    const mistakes = this.#mistakes;
    this.client.join(crowdContract, { roomId, roomType: places[roomId], sessionId }).then(
      (session) => {
        const seat = new CrowdSeat(session, truth);
        // It may have come with the first words of the room.
        if (this.#mistakes > mistakes) seat.mayEnd.add("mistaken");
        this.seats.push(seat);
      },
      (error: unknown) => {
        const { code } = RoomlineError.from(error);
        if (!mayBeRefusedWith.has(code)) truth.faults.add(`${this.name}: a join: ${code}`);
      },
    );
  }

  leave(seat: CrowdSeat): void {
    const { line } = this;
    const isThere = this.isHeard;
    this.seats = this.seats.filter((one) => one !== seat);
    // With a connection that is lost meanwhile, what was sent may be lost with the seat.
    void seat.leave(() => isThere && line === this.line && this.isHeard);
  }

  /** Goes for good, and comes anew as another client of the same name. */
  async comeAnew(): Promise<void> {
    const { clock, random } = this.#parts;
    for (const { mayEnd } of this.seats) mayEnd.add("left");
    this.seats = [];
    await this.client.close();
    await new Promise<void>((resolve) => clock.setTimer(resolve, 4_000 + random() * 2_000));
    await this.#come();
  }

  async #come(): Promise<void> {
    const { name, clock, random, dialer, truth } = this.#parts;
    const onFault = (what: string) => void truth.faults.add(`${name}: ${what}`);
    const connecting = connect(name, {
      clientId: name,
      dialer: {
        target: name,
        dial: (metadata) => (this.#line = new Line(dialer.dial(metadata), onFault)),
      },
      connectTimeoutMs: 300_000,
      clock,
      random,
      log: { debug() {}, info() {}, warn() {} },
      onError: (error, where) => {
        const { code } = RoomlineError.from(error);
        if (code !== "internal") onFault(`${where}: ${String(error)}`);
      },
    });
    // The first comes when nothing else moves the time.
    if (this.#client === undefined) await clock.advanceAsync(1_000);
    this.#client = await connecting;
  }
}
