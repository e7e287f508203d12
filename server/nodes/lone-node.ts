import type { Clock } from "../../shared/clock.ts";
import type { IdSource } from "../../shared/ids.ts";
import type { Limits } from "../../shared/limits.ts";
import type { RandomSource } from "../../shared/random.ts";
import type { NodeDirectory } from "./directory.ts";
import { DirectoryTable } from "./directory-table.ts";
import { ServerNode } from "./node.ts";

/** A client, and the least number of its resume tokens that is good. */
interface KnownClient {
  readonly clientId: string;
  readonly token: number;
}

/** Of the configuration of an engine, what its node needs. */
interface LoneNodeConfig {
  readonly node: string;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly ids: IdSource;
  readonly limits: Limits;
}

/** A node without others, whose clients find what they had at the server of before. */
export interface LoneNode {
  readonly node: ServerNode;
  /** The clients that are at home here, or were before and have not come yet. */
  clients(): readonly KnownClient[];
}

/**
 * Makes a server that is alone a node all the same: what brings clients from a node that is gone brings them from the server of before.
 * @param before by its secret its resume tokens are known; its clients had seats
 */
export function createLoneNode(
  config: LoneNodeConfig,
  before: {
    readonly secret: Uint8Array;
    readonly clients: readonly KnownClient[];
    /** Hears which tokens of a client are good; undefined: it is at home here no more. Default: nobody wants to know. */
    readonly onToken?: (clientId: string, token: number | undefined) => void;
  },
): LoneNode {
  const { clock, random, ids, limits } = config;
  const self = { node: config.node, life: ids.id() };
  const table = new DirectoryTable(clock);
  table.enter(self);
  for (const { clientId, token } of before.clients)
    table.remember(clientId, token, { ...self, life: "before" });
  const directory: NodeDirectory = {
    claimRoom: (roomId) => Promise.resolve(table.claimRoom(roomId, self)),
    findRoom: (roomId) => Promise.resolve(table.findRoom(roomId)),
    takeRoom: (roomId, term) => Promise.resolve(table.takeRoom(roomId, term, self)),
    releaseRoom: (roomId, term) => table.releaseRoom(roomId, term),
    claimHome: (clientId, seen) => Promise.resolve(table.claimHome(clientId, seen, self)),
    passHome: (clientId, home, to) => Promise.resolve(table.passHome(clientId, home, to)),
    settled: () => Promise.resolve(),
    noteToken(clientId, home, token) {
      table.noteToken(clientId, home, token);
      before.onToken?.(clientId, token);
    },
    releaseHome(clientId, home) {
      table.releaseHome(clientId, home);
      before.onToken?.(clientId, undefined);
    },
  };
  const dial = (): never => {
    throw new Error("There are no other nodes.");
  };
  const node = new ServerNode({
    ...{ clock, random, ids, limits },
    config: { ...{ self, directory, dial }, secret: before.secret },
  });
  return { node, clients: () => table.clients() };
}
