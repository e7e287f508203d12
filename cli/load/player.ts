import { closeReasons, type Client, type EmulatedNetwork } from "roomline/client";
import type { RoomRecord, Seat } from "./seat.ts";
import type { Tally } from "./tally.ts";

/** A seat and what is being done to it. */
interface Placed {
  readonly seat: Seat;
  readonly room: RoomRecord;
  isPaused: boolean;
  /** Whether the player was told that the room is lost. */
  isLost: boolean;
}

interface PlayerParts {
  readonly client: Client;
  readonly network: EmulatedNetwork;
  /** What its network is like while it plays. */
  readonly conditions: string;
  readonly tally: Tally;
  readonly seats: readonly Seat[];
  /** Their rooms, in the same order. */
  readonly rooms: readonly RoomRecord[];
}

/** One player: a connection, and a seat in each of its rooms. */
export class Player {
  readonly seats: readonly Seat[];
  readonly #parts: PlayerParts;
  readonly #placed: readonly Placed[];
  #isCut = false;
  #isLeaving = false;

  constructor(parts: PlayerParts) {
    this.#parts = parts;
    this.seats = parts.seats;
    this.#placed = parts.rooms.flatMap((room, index) => {
      const seat = parts.seats[index];
      return seat === undefined ? [] : [{ seat, room, isPaused: false, isLost: false }];
    });
    for (const placed of this.#placed) this.#watch(placed);
    parts.client.onStateChange((state) => {
      if (state === "resuming") this.#lost();
      else if (state === "live") this.#back();
      else if (state === "closed" && !this.#isLeaving)
        parts.tally.faults.add(`client closed: ${parts.client.closeReason?.name ?? "no reason"}`);
    });
  }

  /** Connected, and back from whatever happened. */
  get isLive(): boolean {
    return this.#parts.client.state === "live" && !this.#isCut;
  }

  /** A cut that the player has not come back from. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** Destroys the player's socket; nothing when it is not connected. Returns whether it did. */
  cut(): boolean {
    if (!this.isLive) return false;
    this.#parts.network.cut();
    return true;
  }

  /** Its network has cut its connection, by itself or because it was told to. */
  wasCut(nowMs: number): void {
    if (this.#isCut || this.#isLeaving) return;
    this.#isCut = true;
    this.#parts.tally.cuts++;
    this.#refresh(nowMs);
  }

  /** Its network is as bad as was asked for from now on, or, when all is over, as good as it is. */
  setNetwork(isOn: boolean): void {
    this.#parts.network.change(isOn ? this.#parts.conditions : {});
  }

  /** Pauses the seat at this place; nothing when it is paused. Returns whether it did. */
  pause(index: number, nowMs: number): boolean {
    const placed = this.#placed[index];
    if (placed === undefined || placed.isPaused || placed.seat.session.status !== "active")
      return false;
    placed.isPaused = true;
    this.#parts.tally.pauses++;
    placed.seat.session.pause({ mode: "buffer" }).catch((error: unknown) => {
      if (!placed.isLost) this.#failed("pause", error);
    });
    this.#refresh(nowMs);
    return true;
  }

  /** Ends the pause of the seat at this place. */
  resume(index: number, nowMs: number): void {
    const placed = this.#placed[index];
    if (placed?.isPaused !== true) return;
    placed.isPaused = false;
    placed.seat.session.resume().catch((error: unknown) => {
      if (!placed.isLost) this.#failed("resume", error);
    });
    this.#refresh(nowMs);
  }

  /** Whether all seats of a connected player get what their rooms send. */
  get isActive(): boolean {
    return (
      this.isLive &&
      this.#placed.every(({ seat, isLost }) => isLost || seat.session.status === "active")
    );
  }

  /** The seats in rooms that are not lost. */
  get seatsHeld(): Seat[] {
    return this.#placed.flatMap(({ seat, room }) => (room.isLost ? [] : [seat]));
  }

  /** How many of its rooms are lost without its having been told. */
  get untold(): number {
    return this.#placed.filter(({ room, isLost }) => room.isLost && !isLost).length;
  }

  /** Says goodbye. */
  async leave(): Promise<void> {
    this.#isLeaving = true;
    await this.#parts.client.close();
  }

  #watch(placed: Placed): void {
    const { session } = placed.seat;
    const { tally } = this.#parts;
    this.#refresh(performance.now());
    session.onStatus(() => this.#refresh(performance.now()));
    session.onGap(() => {
      tally.gaps++;
    });
    session.onError(({ code }) => tally.faults.add(`the server reported ${code}`));
    session.onThrottled(({ rateHz }) => {
      if (rateHz > 0) tally.throttles++;
    });
    session.onClose(({ reason, detail }) => {
      if (this.#isLeaving) return;
      if (tally.expectsLosses && reason === closeReasons.roomLost) {
        placed.isLost = placed.room.isLost = true;
        tally.seatsLost++;
        return;
      }
      tally.faults.add(`session closed: ${reason.name}${detail === "" ? "" : ` (${detail})`}`);
    });
  }

  #refresh(nowMs: number): void {
    for (const { seat, isPaused } of this.#placed) {
      const isActive = !this.#isCut && !isPaused && seat.session.status === "active";
      seat.record.setActive(isActive, nowMs);
    }
  }

  #lost(): void {
    if (this.#isCut || this.#isLeaving) return;
    this.#parts.tally.unplannedLosses++;
    if (!this.#parts.tally.expectsLosses)
      this.#parts.tally.faults.add("connection lost that nobody cut");
  }

  /** Welcome has come, with a verdict for each session. */
  #back(): void {
    const { tally } = this.#parts;
    let isWhole = true;
    for (const { seat, isLost } of this.#placed) {
      if (isLost) continue;
      const { session } = seat;
      const verdict = session.status === "closed" ? "gone" : (session.lastVerdict ?? "fresh");
      tally.verdicts[verdict]++;
      if (verdict === "recovered") continue;
      isWhole = false;
      tally.faults.add(`came back with the verdict ${verdict}`);
    }
    if (this.#isCut && isWhole) tally.resumes++;
    this.#isCut = false;
    this.#refresh(performance.now());
  }

  #failed(what: string, error: unknown): void {
    if (this.#isLeaving) return;
    const why = error instanceof Error ? error.message : String(error);
    this.#parts.tally.faults.add(`${what} failed: ${why}`);
  }
}
