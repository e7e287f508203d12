import type { Clock } from "../../shared/clock.ts";

/** A seat of a player. */
export interface KnownSeat {
  readonly sessionId: string;
  readonly roomId: string;
}

/** Seats of a room that has gone to another node. */
interface GoneSeats {
  readonly roomId: string;
  /** Session ids by player. */
  readonly players: ReadonlyMap<string, string>;
  readonly untilMs: number;
}

/** Longer than anybody asks all nodes for the seats of a player: who has asked the new node too early still hears it of the old one. */
const goneKeptMs = 20_000;

/** Which seats players have in the rooms of this node, whatever node they are at. */
export class SeatIndex {
  readonly #byPlayer = new Map<string, Map<string, string>>();
  readonly #clock: Pick<Clock, "now">;
  #gone: GoneSeats[] = [];

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#byPlayer.size;
  }

  of(playerId: string): KnownSeat[] {
    this.#forgetGone();
    const here = [...(this.#byPlayer.get(playerId) ?? [])].map(([roomId, sessionId]) => ({
      sessionId,
      roomId,
    }));
    const gone = this.#gone.flatMap(({ roomId, players }) => {
      const sessionId = players.get(playerId);
      return sessionId === undefined ? [] : [{ sessionId, roomId }];
    });
    return [...here, ...gone];
  }

  /** A room has gone to another node, with its seats. */
  moveAway(roomId: string): void {
    this.#forgetGone();
    const players = new Map<string, string>();
    for (const [player, seats] of this.#byPlayer) {
      const sessionId = seats.get(roomId);
      if (sessionId !== undefined) players.set(player, sessionId);
    }
    for (const player of players.keys()) this.remove(roomId, player);
    this.#gone.push({ roomId, players, untilMs: this.#clock.now() + goneKeptMs });
  }

  #forgetGone(): void {
    const nowMs = this.#clock.now();
    this.#gone = this.#gone.filter(({ untilMs }) => nowMs < untilMs);
  }

  add(roomId: string, playerId: string, sessionId: string): void {
    const seats = this.#byPlayer.get(playerId) ?? new Map<string, string>();
    this.#byPlayer.set(playerId, seats.set(roomId, sessionId));
  }

  remove(roomId: string, playerId: string): void {
    const seats = this.#byPlayer.get(playerId);
    seats?.delete(roomId);
    if (seats?.size === 0) this.#byPlayer.delete(playerId);
  }
}
