import type { ServerConfig } from "./config.ts";
import { ServerNode } from "./nodes/node.ts";
import { containedPlace, nearFirst, type Place } from "./nodes/placement.ts";
import { textOfAll, type Metrics } from "./observe/metrics.ts";
import type { Catalogue } from "./feed/catalogue.ts";
import type { Server } from "./server-api.ts";
import type { ListenAddress } from "./transport/listen.ts";
import type { Port } from "./transport/port.ts";
import type { WorkerAnswers } from "./workers/messages.ts";
import type { Worker } from "./workers/worker.ts";

/** The server in a worker, as far as its primary asks. */
type WorkerServer = Pick<Server, "end" | "usage" | "createRoom" | "revoke" | "metrics"> & {
  readonly catalogue: Catalogue;
};

/** How long a scrape waits for the other nodes. */
const scrapeWithinMs = 2_000;

/** What this worker is among the others. */
export function createNode(config: ServerConfig, worker: Worker, metrics: Metrics): ServerNode {
  const { self, directory, secret } = worker;
  const { clock, random, ids, limits } = config;
  const place = placeOf(config);
  return new ServerNode({
    ...{ clock, random, ids, limits },
    config: {
      ...{ self, directory, secret, place },
      dial: (node) => worker.dial(node),
      metrics: () => metrics.json(),
    },
  });
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
}): Promise<ListenAddress> {
  const { config, worker, node, port, server } = parts;
  const { host, log, limits } = config;
  port.takeAdopted();
  await worker.open({
    onSocket: (socket) => port.adopt(socket),
    onNodes: (states) => node.onNodes(states),
    onLink: (link) => node.accept(link),
    onEnd(withinMs) {
      server.end(withinMs).catch((err: unknown) => log.error({ err }, "closing failed"));
    },
    usage: () => server.usage,
    answer: (method, ask) => answerOf(server, method, ask),
  });
  return worker.ready({
    host,
    port: config.port,
    drainTimeoutMs: limits.drainTimeoutMs,
    roomTypes: [...config.roomTypes.keys()],
    isEncrypted: config.tls !== undefined,
    isDevMode: config.authenticate === undefined,
  });
}

/** What the program that runs the server asks, in the primary. */
async function answerOf<M extends keyof WorkerAnswers>(
  server: WorkerServer,
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
  };
  return answers[method](ask);
}
