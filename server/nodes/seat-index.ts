/** A seat of a player. */
export interface KnownSeat {
  readonly sessionId: string;
  readonly roomId: string;
}

/** Which seats players have in the rooms of this node, whatever node they are at. */
export class SeatIndex {
  readonly #byPlayer = new Map<string, Map<string, string>>();

  get size(): number {
    return this.#byPlayer.size;
  }

  of(playerId: string): KnownSeat[] {
    return [...(this.#byPlayer.get(playerId) ?? [])].map(([roomId, sessionId]) => ({
      sessionId,
      roomId,
    }));
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
