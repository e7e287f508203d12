import type { BackoffConfig } from "../../shared/backoff.ts";
import type { Clock } from "../../shared/clock.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { RandomSource } from "../../shared/random.ts";
import type { Transport } from "../../shared/transport/transport.ts";
import type { InputRingConfig } from "../feed/link/input-ring.ts";
import type { LinkConfig } from "../feed/link/link-end.ts";
import { rowOfWire } from "../feed/record-codec.ts";
import type { NodeName } from "../feed/link/node-name.ts";
import { RemoteRooms, type LostCopies } from "../feed/link/remote-rooms.ts";
import type { RoomDirectory } from "../rooms/directory.ts";
import { MirroredRooms } from "./mirrored-rooms.ts";
import type { NodeCalls } from "./node-calls.ts";
import type { NodeLoad } from "./placement.ts";
import { within } from "./within.ts";

/** A node of the server that lives. */
export interface NodeState extends NodeName, NodeLoad {}

interface PeersParts {
  readonly self: NodeName;
  /** Begins a link to a node. */
  readonly dial: (node: NodeName) => Transport;
  readonly list: Pick<RoomDirectory, "onChanged" | "onClosed">;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly link: LinkConfig;
  readonly backoff: BackoffConfig;
  /** How long a lost link is dialled anew before the rooms behind it are given up. */
  readonly graceMs: number;
  readonly inputs: InputRingConfig;
  /** Looks for rooms that are not where they were. */
  readonly lost: LostCopies;
  /** A node is new, or in another life. */
  readonly onMet: (node: string) => void;
  /** A node is dead. */
  readonly onDead: (node: NodeName) => void;
}

/** Another node. */
export interface Peer {
  readonly life: string;
  readonly rooms: RemoteRooms;
  readonly mirrored: MirroredRooms;
  load: NodeLoad;
}

/** What the others have answered, and the names of those that have not. */
export interface Asked<T> {
  readonly answers: readonly { readonly node: string; readonly answer: T }[];
  readonly missing: readonly string[];
}

/** The other nodes of the server, as far as they live, and the links to them. */
export class Peers {
  readonly #parts: PeersParts;
  readonly #peers = new Map<string, Peer>();
  #ownLoad: NodeLoad;
  #isStopped = false;

  constructor(parts: PeersParts) {
    this.#parts = parts;
    const { node } = parts.self;
    this.#ownLoad = { node, utilization: 0, connections: 0, rooms: 0, isDraining: false };
  }

  /** The nodes that live are these: this one among them, with what is known of how busy they are. */
  update(states: readonly NodeState[]): void {
    if (this.#isStopped) return;
    const { self } = this.#parts;
    const lives = new Map(states.map((state) => [state.node, state]));
    for (const [node, peer] of [...this.#peers]) {
      if (lives.get(node)?.life !== peer.life) this.#lose(node, peer);
    }
    for (const state of states) {
      if (state.node === self.node) this.#ownLoad = state;
      else (this.#peers.get(state.node) ?? this.#meet(state)).load = state;
    }
  }

  get(node: string): Peer | undefined {
    return this.#peers.get(node);
  }

  /** The names of all nodes, this one's too. */
  get names(): string[] {
    return this.loads.map(({ node }) => node);
  }

  /** The names of those that decide who gets which room: of all that do not drain, or of all when all do. */
  get deciders(): string[] {
    const { loads } = this;
    const open = loads.filter(({ isDraining }) => !isDraining);
    return (open.length === 0 ? loads : open).map(({ node }) => node);
  }

  /** How busy this node is. */
  get ownLoad(): NodeLoad {
    return this.#ownLoad;
  }

  /** How busy all nodes are, this one too. */
  get loads(): NodeLoad[] {
    return [this.#ownLoad, ...[...this.#peers.values()].map(({ load }) => load)];
  }

  all(): IterableIterator<Peer> {
    return this.#peers.values();
  }

  /** Asks a node something. Rejects with what it answers, or with `unavailable`. */
  async call<M extends keyof NodeCalls>(
    node: string,
    method: M,
    ask: NodeCalls[M]["ask"],
  ): Promise<NodeCalls[M]["answer"]> {
    const peer = this.#peers.get(node);
    if (peer === undefined) throw new RoomlineError("unavailable", `Node "${node}" is gone.`);
    return JSON.parse(await peer.rooms.call(method, JSON.stringify(ask))) as NodeCalls[M]["answer"];
  }

  /** Asks these, or all others. Who refuses, or does not answer within that time, is named. */
  async askAll<M extends keyof NodeCalls>(
    method: M,
    ask: NodeCalls[M]["ask"],
    how: { readonly withinMs: number; readonly nodes?: readonly string[] },
  ): Promise<Asked<NodeCalls[M]["answer"]>> {
    const { nodes = [...this.#peers.keys()], withinMs } = how;
    const answers: { readonly node: string; readonly answer: NodeCalls[M]["answer"] }[] = [];
    const missing: string[] = [];
    const asked = nodes.map(async (node) => ({
      node,
      found: await within(this.#parts.clock, withinMs, this.call(node, method, ask)),
    }));
    for (const { node, found } of await Promise.all(asked)) {
      if (found === undefined) missing.push(node);
      else answers.push({ node, answer: found.answer });
    }
    return { answers, missing };
  }

  /** Asks all others; who does not answer within that time is left out. */
  async callAll<M extends keyof NodeCalls>(
    method: M,
    ask: NodeCalls[M]["ask"],
    withinMs: number,
  ): Promise<Asked<NodeCalls[M]["answer"]>["answers"]> {
    return (await this.askAll(method, ask, { withinMs })).answers;
  }

  stop(): void {
    this.#isStopped = true;
    for (const { rooms, mirrored } of this.#peers.values()) {
      rooms.stop();
      mirrored.clear();
    }
    this.#peers.clear();
  }

  #meet(state: NodeState): Peer {
    const { self, dial, list, clock, random, link, backoff, graceMs, inputs, lost } = this.#parts;
    const { node, life } = state;
    const mirrored = new MirroredRooms(node, list);
    const rooms = new RemoteRooms({
      dial: () => dial({ node, life }),
      ...{ self, clock, random, backoff, graceMs, inputs, lost },
      config: link,
      onRows: (told) => mirrored.onRows({ ...told, rows: told.rows.map(rowOfWire) }),
    });
    const peer = { life, rooms, mirrored, load: state };
    this.#peers.set(node, peer);
    rooms.start();
    this.#parts.onMet(node);
    return peer;
  }

  #lose(node: string, { life, rooms, mirrored }: Peer): void {
    this.#peers.delete(node);
    mirrored.clear();
    rooms.lose();
    this.#parts.onDead({ node, life });
  }
}
