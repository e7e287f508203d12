import { RoomlineError } from "../shared/errors.ts";
import type { ServerConfig, ServerOptions } from "./config.ts";
import type { Authenticate } from "./connection/authenticate.ts";
import type { NodeName } from "./feed/link/node-name.ts";
import { ServerNode } from "./nodes/node.ts";
import { containedPlace, nearFirst, type Place } from "./nodes/placement.ts";
import { textOfAll, type Metrics } from "./observe/metrics.ts";
import type { Catalogue } from "./feed/catalogue.ts";
import { imagesOf, rehearsed } from "./rooms/rehearsal.ts";
import type { RoomHost } from "./rooms/host.ts";
import type { Server } from "./server-api.ts";
import type { ListenAddress } from "./transport/listen.ts";
import type { Port } from "./transport/port.ts";
import type { WorkerAnswers } from "./workers/messages.ts";
import type { ReloadPages } from "./web/reload-pages.ts";
import { WorkerRooms } from "./worker-rooms.ts";
import type { Worker } from "./workers/worker.ts";

/** The server in a worker, as far as its primary asks. */
type WorkerServer = Pick<Server, "end" | "usage" | "createRoom" | "revoke" | "metrics"> & {
  readonly catalogue: Catalogue;
};

/** How long a scrape waits for the other nodes. */
const scrapeWithinMs = 2_000;

/** The options of a program as a worker has them. An edge has no rooms, and asks another worker who its clients are. */
export function workerOptions(options: ServerOptions, worker: Worker): ServerOptions {
  const { self, edge } = worker;
  if (edge === undefined) return { ...options, node: self.node };
  const { authenticate: _, ...rest } = options;
  const authenticate: Authenticate = (credentials) => {
    if (worker.authenticate === undefined) throw new Error("The edge has not begun.");
    return worker.authenticate(credentials);
  };
  return { ...rest, ...(!edge.isDevMode && { authenticate }), rooms: {}, node: self.node };
}

/**
 * The stored rooms of this worker; undefined: none are.
 * @throws RoomlineError `invalid-config`: the process that has started it has no store
 */
export function roomsOfWorker(config: ServerConfig, worker: Worker): WorkerRooms | undefined {
  if (config.store === undefined) return undefined;
  const { store, directory, self, setAside } = worker;
  if (store === undefined) {
    const sentence = `Rooms are to be kept in "${config.store.name}", and the process that holds the port was given no store: give createServer the same options in all of them.`;
    throw new RoomlineError("invalid-config", sentence);
  }
  const isOurs = ({ node, life }: NodeName): boolean => node === self.node && life === self.life;
  const rooms = new WorkerRooms({ config, store, directory, isOurs });
  rooms.setAside(setAside);
  return rooms;
}

/** What this worker is among the others. */
export function createNode(
  config: ServerConfig,
  worker: Worker,
  parts: { readonly metrics: Metrics; readonly stored: WorkerRooms | undefined },
): ServerNode {
  const { self, directory, secret, run } = worker;
  const { metrics, stored } = parts;
  const { clock, random, ids, limits } = config;
  const place = placeOf(config);
  const node = new ServerNode({
    ...{ clock, random, ids, limits },
    config: {
      ...{ self, directory, secret, run, place, keep: stored?.keep },
      ...{ isEdge: worker.edge !== undefined, authenticate: config.authenticate },
      dial: (node) => worker.dial(node),
      metrics: () => metrics.json(),
    },
  });
  worker.authenticate = (credentials) => {
    if (node.edge === undefined) throw new Error("The node is no edge.");
    return node.edge.authenticate(credentials);
  };
  stored?.join(node);
  return node;
}

/** Where new rooms are made: as the program says, as far as that can be done. */
function placeOf({ place, random, log }: ServerConfig): Place {
  const near = nearFirst(random);
  if (place === undefined) return near;
  return containedPlace(place, near, ({ message, ...facts }) =>
    log.error(facts, `${message} The room is made where it is made without place.`),
  );
}

/** One scrape of any node gives those of all. */
export function metricsOfAll(own: Metrics, { peers }: ServerNode): Metrics {
  return {
    ...own,
    async text() {
      const others = await peers.callAll("metrics", {}, scrapeWithinMs);
      return textOfAll([await own.json(), ...others.map(({ answer }) => answer)]);
    },
  };
}

/** This worker takes links and players from now on. Resolves to where the server listens. */
export async function joinWorkers(parts: {
  readonly config: ServerConfig;
  readonly worker: Worker;
  readonly node: ServerNode;
  readonly port: Port;
  readonly server: WorkerServer;
  readonly rooms: RoomHost;
  readonly stored: WorkerRooms | undefined;
  /** What pages are told of the code of rooms, at an edge. */
  readonly reloads: ReloadPages | undefined;
}): Promise<ListenAddress> {
  const { config, worker, node, port, server, rooms, stored, reloads } = parts;
  const { host, log, limits } = config;
  port.takeAdopted();
  await worker.open({
    onSocket: (socket) => port.adopt(socket),
    onNodes: (states) => node.onNodes(states),
    onLink: (link) => node.accept(link),
    onEnd(withinMs) {
      server.end(withinMs).catch((err: unknown) => log.error({ err }, "closing failed"));
    },
    onHold: (isHeld) => node.edge?.hold(isHeld),
    onProblem: (problem) => reloads?.tell(problem),
    onSetAside: (roomIds) => stored?.setAside(roomIds),
    usage: () => server.usage,
    answer: (method, ask) => answerOf({ server, rooms, stored, config, node }, method, ask),
  });
  await node.edge?.begun();
  return worker.ready({
    host,
    port: config.port,
    drainTimeoutMs: limits.drainTimeoutMs,
    roomTypes: [...config.roomTypes.keys()],
    isEncrypted: config.tls !== undefined,
    isDevMode: config.authenticate === undefined,
    notPortable: [...config.roomTypes.values()].flatMap(({ type, portable }) =>
      portable ? [] : [type],
    ),
  });
}

/** What its primary asks of. */
interface AskedWorker {
  readonly server: WorkerServer;
  readonly rooms: RoomHost;
  readonly stored: WorkerRooms | undefined;
  readonly config: ServerConfig;
  readonly node: ServerNode;
}

function whyStayed(thrown: unknown): string {
  return thrown === undefined ? "There was no time for it." : RoomlineError.from(thrown).message;
}

/** What the program that runs the server asks, in the primary. */
async function answerOf<M extends keyof WorkerAnswers>(
  { server, rooms, stored, config, node }: AskedWorker,
  method: M,
  ask: WorkerAnswers[M]["ask"],
): Promise<WorkerAnswers[M]["answer"]> {
  const answers: {
    readonly [K in keyof WorkerAnswers]: (
      ask: WorkerAnswers[K]["ask"],
    ) => WorkerAnswers[K]["answer"] | Promise<WorkerAnswers[K]["answer"]>;
  } = {
    createRoom: ({ roomType, roomId, options }) =>
      server.createRoom(roomType, { ...(roomId !== "" && { roomId }), options }),
    standings: (which) => server.catalogue.standings(which),
    ask: ({ roomId, question }) => server.catalogue.ask(roomId, question),
    revoke: ({ clientId, message, forMs }) =>
      server.revoke(clientId, { message, ...(forMs > 0 && { forMs }) }),
    metrics: () => server.metrics(),
    images: () => imagesOf(rooms),
    rehearse: (down) => rehearsed(rooms, config.roomTypes, down.rooms),
    giveRooms: async ({ withinMs }) => {
      const { gone, stayed } = await node.evacuate(withinMs, "reloaded");
      const faults = [...stayed].map(([roomId, why]) => ({ roomId, message: whyStayed(why) }));
      return { given: gone, faults };
    },
    pickUp: (asked) => {
      if (stored === undefined) throw new RoomlineError("unavailable", "No rooms are kept here.");
      return stored.pickUp(asked);
    },
  };
  return answers[method](ask);
}
