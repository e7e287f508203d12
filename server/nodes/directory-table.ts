import type { Clock } from "../../shared/clock.ts";
import type { NodeName } from "../feed/link/node-name.ts";
import type { Home, RoomClaim } from "./directory.ts";

/** A home, as it is kept. */
interface KeptHome {
  readonly node: NodeName;
  readonly number: number;
  token: number;
  /** When its node died; undefined: it lives. */
  deadSinceMs: number | undefined;
}

/** A room whose host is dead, and which the store has: it is to be taken from the claim with this term. */
export interface OrphanRoom {
  readonly roomId: string;
  readonly term: number;
}

/**
 * What a directory holds: who has which room, and where clients are at home. One change at a time, so each is a compare-and-set.
 * Numbers are never given twice.
 */
export class DirectoryTable {
  readonly #rooms = new Map<string, RoomClaim>();
  readonly #homes = new Map<string, KeptHome>();
  readonly #living = new Set<string>();
  readonly #clock: Pick<Clock, "now">;
  #terms = 0;
  #homeNumbers = 0;

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  get size(): { readonly rooms: number; readonly homes: number } {
    return { rooms: this.#rooms.size, homes: this.#homes.size };
  }

  claimRoom(roomId: string, { node, life }: NodeName): RoomClaim {
    const known = this.#rooms.get(roomId);
    if (known !== undefined) return known;
    const claim = { node, life, term: ++this.#terms };
    this.#rooms.set(roomId, claim);
    return claim;
  }

  findRoom(roomId: string): RoomClaim | undefined {
    return this.#rooms.get(roomId);
  }

  takeRoom(roomId: string, term: number, { node, life }: NodeName): RoomClaim | undefined {
    const known = this.#rooms.get(roomId);
    if (known?.term !== term || !this.#living.has(keyOf({ node, life }))) return known;
    const claim = { node, life, term: ++this.#terms };
    this.#rooms.set(roomId, claim);
    return claim;
  }

  releaseRoom(roomId: string, term: number): void {
    if (this.#rooms.get(roomId)?.term === term) this.#rooms.delete(roomId);
  }

  claimHome(clientId: string, seen: number, node: NodeName): Home {
    const known = this.#homes.get(clientId);
    if ((known?.number ?? 0) !== seen && known !== undefined) return shown(known);
    return this.#settle(clientId, node);
  }

  passHome(clientId: string, number: number, to: NodeName): Home | undefined {
    const known = this.#homes.get(clientId);
    if (known?.number === number) return this.#settle(clientId, to);
    return known && shown(known);
  }

  noteToken(clientId: string, number: number, token: number): void {
    const home = this.#homes.get(clientId);
    if (home?.number === number) home.token = Math.max(home.token, token);
  }

  releaseHome(clientId: string, number: number): void {
    if (this.#homes.get(clientId)?.number === number) this.#homes.delete(clientId);
  }

  #settle(clientId: string, node: NodeName): Home {
    const token = this.#homes.get(clientId)?.token ?? 0;
    // Who passes a client on may not have heard that the other node is dead.
    const deadSinceMs = this.#living.has(keyOf(node)) ? undefined : this.#clock.now();
    const home = { node, number: ++this.#homeNumbers, token, deadSinceMs };
    this.#homes.set(clientId, home);
    return shown(home);
  }

  /** A client whose home is dead, as of a server of before: it may come with this resume token, or a later one. */
  remember(clientId: string, token: number, node: NodeName): void {
    const deadSinceMs = this.#clock.now();
    this.#homes.set(clientId, { node, number: ++this.#homeNumbers, token, deadSinceMs });
  }

  /** The least number of a client's tokens that is good; undefined: it has no home. */
  tokenOf(clientId: string): number | undefined {
    return this.#homes.get(clientId)?.token;
  }

  /** The clients that have a home, alive or dead, and the least number of their tokens that is good. */
  clients(): { clientId: string; token: number }[] {
    return [...this.#homes].map(([clientId, { token }]) => ({ clientId, token }));
  }

  /** A node lives from now on. */
  enter(node: NodeName): void {
    this.#living.add(keyOf(node));
  }

  isLiving({ node, life }: NodeName): boolean {
    return this.#living.has(keyOf({ node, life }));
  }

  /** A room of a node that is gone, which the store has: it waits for another node, in a claim above all before. */
  orphan(roomId: string, { node, life }: NodeName): OrphanRoom {
    const term = ++this.#terms;
    this.#rooms.set(roomId, { node, life, term, isOrphan: true });
    return { roomId, term };
  }

  /** Whether this room still waits for another node. */
  isOrphan({ roomId, term }: OrphanRoom): boolean {
    const claim = this.#rooms.get(roomId);
    return claim?.term === term && claim.isOrphan === true;
  }

  /**
   * A node is dead, and its rooms with it, but for those that are kept: these are returned, and wait for another node. Its clients may
   * come to others: their homes are remembered until {@link sweep}. `isKept`: whether the store has a room. Default: it has none.
   */
  bury({ node, life }: NodeName, isKept: (roomId: string) => boolean = () => false): OrphanRoom[] {
    this.#living.delete(keyOf({ node, life }));
    const nowMs = this.#clock.now();
    const orphans: OrphanRoom[] = [];
    for (const [roomId, claim] of [...this.#rooms]) {
      if (claim.node !== node || claim.life !== life || claim.isOrphan === true) continue;
      if (isKept(roomId)) orphans.push(this.orphan(roomId, { node, life }));
      else this.#rooms.delete(roomId);
    }
    for (const home of this.#homes.values()) {
      if (home.node.node === node && home.node.life === life) home.deadSinceMs = nowMs;
    }
    return orphans;
  }

  /** Forgets homes of nodes that died before this. Returns whose. */
  sweep(beforeMs: number): string[] {
    const forgotten: string[] = [];
    for (const [clientId, { deadSinceMs = Infinity }] of this.#homes) {
      if (deadSinceMs >= beforeMs) continue;
      this.#homes.delete(clientId);
      forgotten.push(clientId);
    }
    return forgotten;
  }
}

function keyOf({ node, life }: NodeName): string {
  return JSON.stringify([node, life]);
}

function shown({ node, number, token, deadSinceMs }: KeptHome): Home {
  return { ...node, number, token, isAlive: deadSinceMs === undefined };
}
