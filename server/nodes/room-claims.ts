import type { NodeDirectory, RoomClaim } from "./directory.ts";

interface RoomClaimsParts {
  readonly directory: Pick<NodeDirectory, "claimRoom" | "takeRoom" | "releaseRoom">;
  readonly isOurs: (claim: RoomClaim) => boolean;
  /** Whether this room lives here, or is being made. */
  readonly isHosted: (roomId: string) => boolean;
}

/** A claim, and who is about to use it. */
interface Held {
  readonly claim: Promise<RoomClaim>;
  term: number;
  users: number;
}

/** The rooms this node has, or is about to: each is claimed before it is made, and released when it is over (rules ND-1, ND-3). */
export class RoomClaims {
  readonly #parts: RoomClaimsParts;
  readonly #held = new Map<string, Held>();

  constructor(parts: RoomClaimsParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#held.size;
  }

  /** The term of a room of this node; undefined: it is none. */
  termOf(roomId: string): number | undefined {
    return this.#held.get(roomId)?.term;
  }

  /**
   * Claims a room, and does something about it, knowing who has it: several may at once. If it is this node's and nothing has come of
   * it, the room is anybody's again.
   */
  async during<T>(roomId: string, act: (claim: RoomClaim) => T | Promise<T>): Promise<T> {
    const held = this.#held.get(roomId) ?? this.#claim(roomId);
    held.users++;
    try {
      return await act(await held.claim);
    } finally {
      held.users--;
      this.#releaseIfOver(roomId, held);
    }
  }

  /** Takes a room from the claim with this term, if that still stands. Returns who has it now: this node holds it from then on, if it does. */
  async take(roomId: string, term: number): Promise<RoomClaim | undefined> {
    const claim = await this.#parts.directory.takeRoom(roomId, term);
    if (claim !== undefined && this.#parts.isOurs(claim)) {
      this.#held.set(roomId, { claim: Promise.resolve(claim), term: claim.term, users: 0 });
    }
    return claim;
  }

  /** This node has taken a room, and does not go on with it: it is anybody's again. */
  giveUp(roomId: string): void {
    const held = this.#held.get(roomId);
    this.#held.delete(roomId);
    if (held !== undefined) this.#parts.directory.releaseRoom(roomId, held.term);
  }

  /** A room of this node has gone to another one, whose claim it is. */
  gone(roomId: string): void {
    this.#held.delete(roomId);
  }

  /** A room of this node is over. */
  onClosed(roomId: string): void {
    const held = this.#held.get(roomId);
    if (held !== undefined) this.#releaseIfOver(roomId, held);
  }

  #claim(roomId: string): Held {
    const claim = this.#parts.directory.claimRoom(roomId);
    const held: Held = { claim, term: 0, users: 0 };
    this.#held.set(roomId, held);
    claim.then(
      (won) => {
        if (this.#parts.isOurs(won)) held.term = won.term;
      },
      () => undefined,
    );
    return held;
  }

  #releaseIfOver(roomId: string, held: Held): void {
    if (held.users > 0 || this.#held.get(roomId) !== held) return;
    if (held.term > 0 && this.#parts.isHosted(roomId)) return;
    this.#held.delete(roomId);
    if (held.term > 0) this.#parts.directory.releaseRoom(roomId, held.term);
  }
}
