import { RoomlineError } from "../../../shared/errors.ts";
import type { AdminParts } from "./admin-parts.ts";
import { answerWithinMs } from "./nodes.ts";
import { noConnection, type ConnectionEnd, type OwnNode } from "./own-node.ts";

/** A connection that was found, wherever it is. */
interface FoundConnection {
  readonly clientId: string;
  /** Ends it. Rejects with RoomlineError `connection-closed` when it has ended meanwhile, or `unavailable`. */
  close(how: ConnectionEnd): Promise<void>;
}

/** Creates what finds connections to end them, at all nodes (rule AD-5). */
export function createConnectionEnds({ nodes }: Pick<AdminParts, "nodes">, own: OwnNode) {
  return {
    /** Rejects with RoomlineError `connection-closed`, or `unavailable`: it may be at a node that does not answer. */
    async find(connectionId: string): Promise<FoundConnection> {
      const here = own.findConnection(connectionId);
      if (here !== undefined) {
        return {
          clientId: here.clientId,
          close(how) {
            own.closeConnection(how);
            return Promise.resolve();
          },
        };
      }
      if (nodes === undefined) throw noConnection(connectionId);
      const { answers, missing } = await nodes.askAll(
        "findConnection",
        { connectionId },
        { withinMs: answerWithinMs },
      );
      for (const { node, answer } of answers) {
        if (answer === null) continue;
        return {
          clientId: answer.clientId,
          async close(how) {
            await nodes.call(node, "closeConnection", how);
          },
        };
      }
      if (missing.length === 0) throw noConnection(connectionId);
      throw new RoomlineError(
        "unavailable",
        `No node has the connection "${connectionId}", but ${missing.join(", ")} did not answer: try again.`,
      );
    },
  };
}
