import { RoomlineError } from "../../../shared/errors.ts";
import type { NodeCalls } from "../../nodes/node-calls.ts";
import type { OperatorCalls } from "../../nodes/operator-calls.ts";
import type { AdminParts } from "./admin-parts.ts";

/** How long the answer of an operator waits for a node. */
export const answerWithinMs = 2_000;

type Parts = Pick<AdminParts, "node" | "nodes">;

/** The names of the nodes that are asked, this one's among them: all, or the one that is named. @throws RoomlineError `unknown-node` */
export function namesOf(parts: Parts, which: string): readonly string[] {
  const names = [...(parts.nodes?.names ?? [parts.node])].sort();
  if (which === "") return names;
  if (names.includes(which)) return [which];
  const message = `There is no node "${which}" (any more). There is ${names.join(", ")}.`;
  throw new RoomlineError("unknown-node", message);
}

/** What several nodes have answered, and those that have not. */
export interface Gathered<T> {
  readonly answers: readonly T[];
  readonly missing: string[];
}

/**
 * Asks this node and the others, or the one that is named (rule AD-11).
 * @throws RoomlineError `unknown-node`
 */
export async function gather<M extends keyof OperatorCalls, T>(
  parts: Parts,
  which: string,
  question: {
    readonly method: M;
    readonly ask: NodeCalls[M]["ask"];
    /** What this node answers itself. */
    readonly own: () => T;
    readonly read: (answer: NodeCalls[M]["answer"]) => T;
  },
): Promise<Gathered<T>> {
  const { method, ask, own, read } = question;
  const names = namesOf(parts, which);
  const answers = names.includes(parts.node) ? [own()] : [];
  const nodes = names.filter((name) => name !== parts.node);
  const told = await parts.nodes?.askAll(method, ask, { withinMs: answerWithinMs, nodes });
  return {
    answers: [...answers, ...(told?.answers.map(({ answer }) => read(answer)) ?? [])],
    missing: [...(told?.missing ?? [])],
  };
}
