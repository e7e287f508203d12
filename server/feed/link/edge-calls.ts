import type { Call } from "../../../shared/gen/roomline/node/v1/node_pb.ts";
import { RoomlineError } from "../../../shared/errors.ts";
import type { LinkEnd, LinkSource, LinkWriter, NodeBody } from "./link-end.ts";
import { failureToWire } from "../record-codec.ts";

/** Around what is counted of a message. */
const overheadBytes = 32;

type Answer = (NodeBody & { readonly case: "callAnswer" })["value"];

/** Answers what another node asks, with JSON. Rejects with why there is no answer. */
export type AnswerCall = (call: Pick<Call, "method" | "json">) => Promise<string>;

/**
 * What one edge asks of the catalogue. A call is done once, and answered as often as it is asked, until the edge says with a
 * later one that it has heard.
 */
export class EdgeCalls implements LinkSource {
  readonly #answerCall: AnswerCall;
  /** Undefined: there is none yet. */
  readonly #answers = new Map<bigint, Answer | undefined>();
  /** Those that are to be said on this link. */
  readonly #owed = new Set<bigint>();
  #link: LinkEnd | undefined;

  constructor(answerCall: AnswerCall) {
    this.#answerCall = answerCall;
  }

  get size(): number {
    return this.#answers.size;
  }

  /** The edge is on this link from now on, or on none. What it was not told it asks again. */
  attach(link: LinkEnd | undefined): void {
    this.#link = link;
    this.#owed.clear();
  }

  ask(call: Call): void {
    const number = call.call;
    if (this.#answers.has(number)) {
      if (this.#answers.get(number) !== undefined) this.#owe(number);
      return;
    }
    this.#answers.set(number, undefined);
    const settle = (answer: Pick<Answer, "json" | "failure">): void => {
      // The edge was given up meanwhile.
      if (!this.#answers.has(number)) return;
      this.#answers.set(number, { call: number, ...answer });
      this.#owe(number);
    };
    this.#answerCall(call).then(
      (json) => settle({ json }),
      (thrown: unknown) => settle({ failure: failureToWire(RoomlineError.from(thrown)) }),
    );
  }

  /** The edge has heard the answers to all calls before this one. */
  forget(openFrom: bigint): void {
    for (const call of this.#answers.keys()) {
      if (call >= openFrom) break;
      this.#answers.delete(call);
    }
  }

  /** The edge is gone for good. */
  clear(): void {
    this.#answers.clear();
  }

  pull(out: LinkWriter): boolean {
    for (const call of this.#owed) {
      if (out.room <= 0) return true;
      this.#owed.delete(call);
      const value = this.#answers.get(call);
      if (value === undefined) continue;
      out.add({ case: "callAnswer", value }, (value.json?.length ?? 0) + overheadBytes);
    }
    return false;
  }

  #owe(call: bigint): void {
    if (this.#link === undefined) return;
    this.#owed.add(call);
    this.#link.mark(this);
  }
}
