import type { Clock } from "../../../shared/clock.ts";
import type { NodeCalls } from "../../nodes/node-calls.ts";
import { within } from "../../nodes/within.ts";
import type { AdminNodes } from "./admin-parts.ts";

/** Asks nodes the same again and again. One that has not answered yet is not asked anew: nothing gathers in front of it. */
export class NodeAsker<M extends keyof NodeCalls> {
  readonly #nodes: AdminNodes;
  readonly #clock: Clock;
  readonly #method: M;
  readonly #open = new Set<string>();

  constructor(nodes: AdminNodes, clock: Clock, method: M) {
    this.#nodes = nodes;
    this.#clock = clock;
    this.#method = method;
  }

  /** Undefined: it refuses, or does not answer in time, or owes an answer from before. */
  async ask(
    node: string,
    ask: NodeCalls[M]["ask"],
    withinMs: number,
  ): Promise<NodeCalls[M]["answer"] | undefined> {
    const life = this.#nodes.get(node)?.life ?? "";
    const key = `${node} ${life}`;
    if (this.#open.has(key)) return undefined;
    this.#open.add(key);
    const answer = this.#nodes.call(node, this.#method, ask).finally(() => this.#open.delete(key));
    return (await within(this.#clock, withinMs, answer))?.answer;
  }
}
