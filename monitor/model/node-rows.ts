import type { ProcessSample, Sample } from "./sample.ts";

/** A node of the server, as the table shows it. */
export interface NodeRow {
  readonly node: string;
  /** `not shown`: another one was chosen. */
  readonly state: "healthy" | "draining" | "no answer" | "not shown";
  /** Undefined: nothing is known of it now. */
  readonly sample: ProcessSample | undefined;
}

/** The nodes that live, by name. */
export function nodeRows({ nodes, nodeNames, missing }: Sample): NodeRow[] {
  const known = new Map(nodes.map((sample) => [sample.node.node, sample]));
  return nodeNames.map((node) => {
    const sample = known.get(node);
    if (sample === undefined)
      return { node, state: missing.includes(node) ? "no answer" : "not shown", sample };
    return { node, state: sample.node.draining ? "draining" : "healthy", sample };
  });
}
