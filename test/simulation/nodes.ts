import assert from "node:assert/strict";
import type { Timer } from "../../shared/clock.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { IdSource } from "../../shared/ids.ts";
import type { RandomSource } from "../../shared/random.ts";
import { createMemoryPair, type MemoryPair } from "../../shared/transport/memory-pair.ts";
import type { PeerInfo, Transport } from "../../shared/transport/transport.ts";
import type { EngineConfig } from "../../server/config.ts";
import { createEngine, type Engine } from "../../server/engine.ts";
import type { NodeName } from "../../server/feed/link/node-name.ts";
import { DirectoryTable } from "../../server/nodes/directory-table.ts";
import type { NodeDirectory } from "../../server/nodes/directory.ts";
import type { RoomStore } from "../../server/store/room-store.ts";
import { WorkerRooms } from "../../server/worker-rooms.ts";
import { GroupStore, type OpenedStore } from "../../server/workers/group-store.ts";
import type { StoreAnswers } from "../../server/workers/messages.ts";
import type { RoomTaker } from "../../server/workers/recovery.ts";
import { ServerNode } from "../../server/nodes/node.ts";
import type { NodeState } from "../../server/nodes/peers.ts";
import type { LiveRoom } from "../../server/room/live-room.ts";
import type { VirtualClock } from "../../testing/virtual-clock.ts";
import { countingIds } from "../engine/harness.ts";
import { pick } from "./chance.ts";
import { linkConfig, Vanishing, type LinkTrouble, type NodeLinkOptions } from "./node-link.ts";

/** One of several nodes of a server. */
export interface SimulatedNode {
  readonly name: NodeName;
  readonly engine: Engine;
  readonly node: ServerNode;
  isDead: boolean;
  /** Its stored rooms, if rooms are kept. */
  readonly kept: WorkerRooms | undefined;
  /** Whoever has asked it something hears that it is dead. */
  readonly onDeath: (() => void)[];
  /** When the last word of who lives arrives. */
  toldMs: number;
  /** Before then it hears nothing of the directory. */
  directoryFromMs: number;
}

/** Several nodes that are one server, on one clock; and what may befall what is between them. */
export interface SimulatedNodes {
  readonly all: readonly SimulatedNode[];
  readonly table: DirectoryTable;
  /** The store of all nodes, if they have one. */
  readonly store: GroupStore | undefined;
  readonly trouble: LinkTrouble;
  /** A player's connection comes to any of them. */
  readonly accept: (transport: Transport, peer: PeerInfo) => void;
  /** The node this room lives at. */
  hostOf(roomId: string): SimulatedNode | undefined;
  room(roomId: string): LiveRoom | undefined;
  /** A node dies without a word; a new one takes its place after a while. */
  kill(node: SimulatedNode): void;
  stop(): void;
  /** Some room is to go to some other node. */
  moveAny(): void;
  /** How many have gone, and how many have stayed, so far. */
  readonly moves: { gone: number; stayed: number };
  /** Each room runs at one node at most (rule ND-1). */
  checkOneOfEach(): void;
  /** Links that are not over. */
  readonly links: number;
}

interface NodesParts {
  readonly clock: VirtualClock;
  readonly random: RandomSource;
  readonly count: number;
  readonly way: NodeLinkOptions;
  readonly config: () => EngineConfig;
  /** Default: as it is. */
  readonly makeEngine?: typeof createEngine;
  /** Where rooms are kept. Default: they are not. */
  readonly opened?: OpenedStore | undefined;
}

const secret = new TextEncoder().encode("known to all of the nodes");

export function createNodes(parts: NodesParts): SimulatedNodes {
  const { clock, random, count, way, config, makeEngine = createEngine } = parts;
  const table = new DirectoryTable(clock);
  const { opened } = parts;
  const store =
    opened &&
    new GroupStore({
      ...{ ...opened, table, clock },
      takers: () => living().map(takerOf),
      onSetAside: (roomId) => {
        for (const { kept } of living()) kept?.setAside([roomId]);
      },
    });
  /** What is asked of a node takes its time, and is answered by none that is dead. */
  const takerOf = (one: SimulatedNode): RoomTaker => ({
    node: one.name.node,
    rooms: one.engine.rooms.size,
    pickUp: (ask) =>
      new Promise((resolve, reject) => {
        one.onDeath.push(() => reject(new RoomlineError("unavailable", "It is dead.")));
        clock.setTimer(() => {
          if (one.isDead || one.kept === undefined) return;
          void one.kept
            .pickUp(ask)
            .then((answer) => clock.setTimer(() => resolve(answer), random() * 3));
        }, random() * 3);
      }),
  });
  const all: SimulatedNode[] = [];
  const links = new Set<Link>();
  const restarts: Timer[] = [];
  const living = () => all.filter(({ isDead }) => !isDead);
  const tellAll = (): void => {
    const states = living().map(({ name, engine }): NodeState => ({
      ...name,
      utilization: random(),
      connections: engine.connections.size,
      rooms: engine.rooms.size,
      isDraining: false,
    }));
    for (const one of living()) {
      one.toldMs = Math.max(one.toldMs, clock.now() + random() * 20);
      clock.setTimer(() => one.node.onNodes(states), one.toldMs - clock.now());
    }
  };
  const trouble: LinkTrouble = {
    refusing: false,
    cut: () => pick([...links], random)?.pair.cut(),
    cutAtFrame(frames) {
      const link = pick([...links], random);
      if (link !== undefined) link.framesLeft = frames;
    },
    vanish() {
      const link = pick([...links], random);
      if (link !== undefined) link.ends[0].isGone = link.ends[1].isGone = true;
    },
    stall(end, forMs) {
      const stalled = pick([...links], random)?.ends[end === "host" ? 1 : 0];
      stalled?.pauseReading();
      clock.setTimer(() => stalled?.resumeReading(), forMs);
    },
    stallDirectory(forMs) {
      const node = pick(living(), random);
      if (node !== undefined) node.directoryFromMs = clock.now() + forMs;
    },
  };
  const dial = (from: SimulatedNode, { node: to, life }: NodeName): Transport => {
    const pair = createMemoryPair({ clock, ...way });
    const link: Link = {
      pair,
      from,
      to,
      framesLeft: Infinity,
      ends: [
        new Vanishing(pair.client, { onFrame: () => arrives(link), onSent: () => undefined }),
        new Vanishing(pair.server, { onFrame: () => arrives(link), onSent: () => undefined }),
      ],
    };
    for (const old of links) if (old.pair.ended) links.delete(old);
    links.add(link);
    clock.defer(() => {
      const host = living().find(({ name }) => name.node === to && name.life === life);
      if (host === undefined || trouble.refusing) pair.cut("Nobody listens.");
      else if (!pair.ended) host.node.accept(link.ends[1]);
    });
    return link.ends[0];
  };
  const start = (name: string): void => {
    const self = { node: name, life: Math.floor(random() * 2 ** 40).toString(36) };
    const settings = { ...config(), ids: idsOf(self) };
    const primary = primaryOf({
      ...{ table, self, clock, random, store },
      isDead: () => own.isDead,
      fromMs: () => own.directoryFromMs,
    });
    const { directory } = primary;
    const isOurs = (at: NodeName): boolean => at.node === self.node && at.life === self.life;
    const kept =
      primary.store &&
      new WorkerRooms({ config: settings, store: primary.store, directory, isOurs });
    const node: ServerNode = new ServerNode({
      ...settings,
      config: {
        ...{ self, secret, directory, keep: kept?.keep },
        dial: (to) => dial(own, to),
        place: (_, loads) =>
          pick(
            loads.filter((load) => !load.isDraining),
            random,
          )?.node ?? name,
        links: {
          link: { ...linkConfig, ...way.config },
          backoff: { initialMs: 50, maxMs: 1_000, factor: 2 },
          graceMs: 30_000,
        },
      },
    });
    kept?.join(node);
    const engine = makeEngine(settings, { node, ...kept?.engineParts });
    void kept?.begin(engine);
    const own: SimulatedNode = {
      name: self,
      ...{ node, engine, kept, onDeath: [] },
      isDead: false,
      toldMs: 0,
      directoryFromMs: 0,
    };
    all.push(own);
    table.enter(self);
    tellAll();
    store?.onTakers();
  };
  for (let index = 0; index < count; index++) start(`n${index}`);
  const nodes: SimulatedNodes = {
    ...{ all, table, trouble, store },
    get links() {
      return [...links].filter(({ pair }) => !pair.ended).length;
    },
    accept(transport, peer) {
      const node = pick(living(), random);
      if (node === undefined) transport.destroy();
      else node.engine.accept(transport, peer);
    },
    moves: { gone: 0, stayed: 0 },
    moveAny() {
      const from = pick(living(), random);
      const room = from && pick([...from.engine.rooms.all()], random);
      const to = pick(
        living().filter((one) => one !== from),
        random,
      );
      if (from === undefined || room === undefined || to === undefined) return;
      const { roomId } = room;
      from.node.moveRoom(roomId, to.name.node).then(
        () => nodes.moves.gone++,
        () => nodes.moves.stayed++,
      );
    },
    checkOneOfEach() {
      const hosts = new Map<string, string>();
      for (const { name, engine } of living()) {
        for (const { roomId, isFrozen } of engine.rooms.all()) {
          if (isFrozen) continue;
          assert.equal(hosts.get(roomId), undefined, `room "${roomId}" also runs at ${name.node}`);
          hosts.set(roomId, name.node);
        }
      }
    },
    hostOf: (roomId) => living().find(({ engine }) => engine.rooms.get(roomId) !== undefined),
    room: (roomId) => nodes.hostOf(roomId)?.engine.rooms.get(roomId),
    kill(node) {
      node.isDead = true;
      for (const link of links) {
        if (link.from !== node && link.to !== node.name.node) continue;
        link.ends[0].isGone = link.ends[1].isGone = false;
        link.pair.cut();
      }
      if (store === undefined) {
        table.bury(node.name);
        tellAll();
      } else store.bury(node.name, tellAll);
      node.engine.stop();
      for (const tell of node.onDeath) tell();
      restarts.push(clock.setTimer(() => start(node.name.node), random() * 10_000));
    },
    stop() {
      for (const restart of restarts) restart.cancel();
      for (const { engine } of all) engine.stop();
    },
  };
  return nodes;
}

interface Link {
  readonly pair: MemoryPair;
  readonly from: SimulatedNode;
  readonly to: string;
  readonly ends: readonly [edge: Vanishing, host: Vanishing];
  framesLeft: number;
}

function arrives(link: Link): boolean {
  if (--link.framesLeft > 0) return true;
  link.framesLeft = Infinity;
  link.pair.cut();
  return false;
}

/** Ids that count, unlike those of any other node. */
function idsOf({ node, life }: NodeName): IdSource {
  const ids = countingIds();
  const own = (id: string): string => `${node}-${life}-${id}`;
  return { id: () => own(ids.id()), secret: () => own(ids.secret()) };
}

/** What a node has of its parent process: the directory and, if there is one, the store. What it says arrives in order. */
function primaryOf(parts: {
  readonly table: DirectoryTable;
  readonly store: GroupStore | undefined;
  readonly self: NodeName;
  readonly clock: VirtualClock;
  readonly random: RandomSource;
  /** Whether that node says nothing any more. */
  readonly isDead: () => boolean;
  /** When that node hears something again. */
  readonly fromMs?: () => number;
}): { readonly directory: NodeDirectory; readonly store: RoomStore | undefined } {
  const { table, store, self, clock, random, isDead, fromMs = () => 0 } = parts;
  let [there, back] = [0, 0];
  /** Does it there, then tells how to answer here. What was said before a death arrives after it. */
  const send = (act: (answer: (here: () => void) => void) => void): void => {
    if (isDead()) return;
    there = Math.max(there, clock.now() + random() * 3);
    clock.setTimer(() => {
      act((here) => {
        back = Math.max(back, clock.now() + random() * 3, fromMs());
        clock.setTimer(here, back - clock.now());
      });
    }, there - clock.now());
  };
  const ask = <T>(question: () => T): Promise<T> =>
    new Promise((resolve) => {
      send((answer) => {
        // Of the directory nothing is left to be said by the dead.
        if (isDead()) return;
        const value = question();
        answer(() => resolve(value));
      });
    });
  const say = (word: () => void): void => void ask(word);
  const askStore = <T>(method: keyof StoreAnswers, ...args: readonly unknown[]): Promise<T> =>
    new Promise((resolve, reject) => {
      send((answer) => {
        const asked = store?.answer(self, { kind: "store", call: 0, method, args });
        asked?.then(
          (value) => answer(() => !isDead() && resolve(value as T)),
          (thrown: unknown) => answer(() => !isDead() && reject(RoomlineError.from(thrown))),
        );
      });
    });
  const directory: NodeDirectory = {
    claimRoom: (roomId) => ask(() => table.claimRoom(roomId, self)),
    findRoom: (roomId) => ask(() => table.findRoom(roomId)),
    takeRoom: (roomId, term) => ask(() => table.takeRoom(roomId, term, self)),
    releaseRoom: (roomId, term) => say(() => table.releaseRoom(roomId, term)),
    claimHome: (clientId, seen) => ask(() => table.claimHome(clientId, seen, self)),
    passHome: (clientId, home, to) => ask(() => table.passHome(clientId, home, to)),
    noteToken(clientId, home, token) {
      say(() => {
        table.noteToken(clientId, home, token);
        store?.note([clientId]);
      });
    },
    releaseHome(clientId, home) {
      say(() => {
        table.releaseHome(clientId, home);
        store?.note([clientId]);
      });
    },
    settled: () =>
      new Promise((resolve) => {
        send((answer) => void (store?.settled() ?? Promise.resolve()).then(() => answer(resolve)));
      }),
  };
  return {
    directory,
    store: store && {
      name: store.name,
      open: () => Promise.resolve({ rooms: [], clients: [], secret }),
      close: () => Promise.resolve(),
      write: (change) => askStore("write", change),
      read: (roomIds) => askStore("read", roomIds),
      readEvents: (ask) => askStore("readEvents", ask),
    },
  };
}
