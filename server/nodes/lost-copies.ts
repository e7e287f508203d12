import type { Clock } from "../../shared/clock.ts";
import type { CommittedFeed } from "../feed/committed-feed.ts";
import type { FeedEnd, RoomPlace } from "../feed/feed.ts";
import type { MovedRoom } from "../feed/inbox.ts";
import { CallNumbers } from "../feed/link/call-numbers.ts";
import type { LostCopies } from "../feed/link/remote-rooms.ts";
import type { Replica, ReplicaHolder } from "../feed/link/replica.ts";
import type { NodeDirectory, RoomClaim } from "./directory.ts";
import type { Peers } from "./peers.ts";

interface LookingParts {
  readonly directory: Pick<NodeDirectory, "findRoom" | "settled">;
  readonly isOurs: (claim: Pick<RoomClaim, "node" | "life">) => boolean;
  readonly peers: Pick<Peers, "get" | "all">;
  /** The open room with this id, if it lives here. */
  readonly roomHere: (roomId: string) => (MovedRoom & { readonly feed: CommittedFeed }) | undefined;
  /** Resolves when this room is not on its way to this node any more; undefined: it is not. */
  readonly settled: (roomId: string) => Promise<void> | undefined;
  readonly clock: Clock;
}

/** How often, and after what time, is looked for a room. */
const looksMax = 100;
const lookAgainMs = 25;

/**
 * Copies of rooms that are not where they were: looks for each in the directory, and has it read where the room is by now, or closes it
 * when that is nowhere. There is one copy of a room at a node.
 */
export class LookingForRooms implements LostCopies {
  readonly #parts: LookingParts;
  readonly #copies = new Map<string, Replica>();
  /** How often each was looked for. */
  readonly #looks = new WeakMap<Replica, number>();
  #isStopped = false;

  constructor(parts: LookingParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#copies.size;
  }

  find(roomId: string): Replica | undefined {
    const lost = this.#copies.get(roomId);
    if (lost !== undefined) return lost;
    for (const { rooms } of this.#parts.peers.all()) {
      const copy = rooms.copyOf(roomId);
      if (copy !== undefined) return copy;
    }
    return undefined;
  }

  /** What holds a copy of this room while it is looked for. */
  holderOf(roomId: string): ReplicaHolder {
    return {
      number: 0,
      calls: new CallNumbers(),
      onOver: () => void this.#copies.delete(roomId),
    };
  }

  take(replica: Replica, place: RoomPlace | undefined, end: FeedEnd): void {
    replica.rehome(this.holderOf(replica.roomId));
    this.#copies.set(replica.roomId, replica);
    void this.#look(replica, place, end);
  }

  /** Nobody is looked for any more. */
  stop(end: FeedEnd): void {
    this.#isStopped = true;
    for (const replica of [...this.#copies.values()]) replica.close(end);
  }

  async #look(replica: Replica, told: RoomPlace | undefined, end: FeedEnd): Promise<void> {
    const { directory, clock, isOurs, settled } = this.#parts;
    const { roomId } = replica;
    let place: (RoomPlace & Pick<RoomClaim, "isOrphan">) | undefined = told;
    for (;;) {
      place ??= await directory.findRoom(roomId);
      // On its way from the store it comes here or elsewhere for certain, and may take its time.
      if (place?.isOrphan === true) await directory.settled();
      else if (place !== undefined && isOurs(place)) await settled(roomId);
      if (replica.isOver) return;
      const looks = place?.isOrphan === true ? 0 : (this.#looks.get(replica) ?? 0) + 1;
      this.#looks.set(replica, looks);
      // What had this claim has said that it has no such room.
      const isOver = place !== told && place?.isOrphan !== true;
      const isNowhere = place === undefined || (isOver && place.term <= replica.term);
      if (isNowhere || looks > looksMax || this.#isStopped) break;
      if (place !== undefined && this.#hand(replica, place)) return;
      place = undefined;
      await new Promise<void>((resolve) => void clock.setTimer(resolve, lookAgainMs));
    }
    replica.close(end);
  }

  /** Has it read where the room is, if that can be reached. */
  #hand(replica: Replica, place: RoomPlace): boolean {
    const { isOurs, peers, roomHere } = this.#parts;
    if (isOurs(place)) {
      const room = roomHere(replica.roomId);
      if (room === undefined) return false;
      replica.comeHome(room);
      return true;
    }
    const peer = peers.get(place.node);
    if (peer?.life !== place.life || !peer.rooms.isOpen) return false;
    this.#copies.delete(replica.roomId);
    peer.rooms.take(replica, place.term);
    return true;
  }
}
