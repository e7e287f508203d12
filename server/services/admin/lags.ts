import type { RoomLag } from "../../nodes/operator-calls.ts";
import type { AdminParts } from "./admin-parts.ts";
import { NodeAsker } from "./node-asker.ts";
import { answerWithinMs } from "./nodes.ts";
import { lagMaxOf } from "./survey.ts";

/** How far the players of rooms are behind, wherever they are. */
export interface Lags {
  /** The greatest lag in each room that has any. */
  ofAll(): Promise<ReadonlyMap<string, number>>;
  /** The greatest in one, for whoever asks again and again. */
  of(roomId: string): Promise<number>;
}

/** A look at a room is late by so much at most for a node that does not answer. */
const lookWithinMs = 200;

/** Creates {@link Lags}. Who does not answer in time is left out. */
export function createLags({
  engine,
  clock,
  nodes,
}: Pick<AdminParts, "clock" | "nodes"> & {
  readonly engine: Pick<AdminParts["engine"], "sessions">;
}): Lags {
  const asker = nodes && new NodeAsker(nodes, clock, "lags");
  return {
    async ofAll() {
      const lagMax = new Map(lagMaxOf(engine));
      const told = await nodes?.askAll("lags", { roomId: "" }, { withinMs: answerWithinMs });
      for (const { answer } of told?.answers ?? []) addLags(lagMax, answer);
      return lagMax;
    },
    async of(roomId) {
      const own = lagMaxOf(engine).get(roomId) ?? 0;
      if (nodes === undefined || asker === undefined) return own;
      const others = [...nodes.names].filter((name) => nodes.get(name) !== undefined);
      const told = await Promise.all(
        others.map((name) => asker.ask(name, { roomId }, lookWithinMs)),
      );
      return told.flat().reduce((max, lag) => Math.max(max, lag?.[1] ?? 0), own);
    },
  };
}

/** Of what is known of a room twice, the greater. */
export function addLags(lagMax: Map<string, number>, lags: Iterable<RoomLag>): void {
  for (const [roomId, lag] of lags) {
    if (lag > (lagMax.get(roomId) ?? 0)) lagMax.set(roomId, lag);
  }
}
