import type { ProcessSample, Sample } from "./sample.ts";

/** A node of the server, as the table shows it. */
export interface NodeRow {
  readonly node: string;
  /** `players only`: rooms are at others, as under `roomline dev`. `not shown`: another one was chosen. */
  readonly state: "healthy" | "players only" | "draining" | "no answer" | "not shown";
  /** Undefined: nothing is known of it now. */
  readonly sample: ProcessSample | undefined;
}

/** Names without what they all begin with, for where there is little room: `…-1` of `game-7f3a-1` beside `game-7f3a-2`. */
export function shortName(name: string, names: readonly string[]): string {
  const [first = ""] = names;
  let same = 0;
  while (same < name.length && names.every((other) => other[same] === first[same])) same++;
  const cut = name.slice(0, same).search(/[^a-zA-Z0-9][a-zA-Z0-9]*$/);
  return names.length > 1 && cut > 0 ? `…${name.slice(cut)}` : name;
}

/** The nodes that live, by name. */
export function nodeRows({ nodes, nodeNames, missing }: Sample): NodeRow[] {
  const known = new Map(nodes.map((sample) => [sample.node.node, sample]));
  return nodeNames.map((node) => {
    const sample = known.get(node);
    if (sample === undefined)
      return { node, state: missing.includes(node) ? "no answer" : "not shown", sample };
    return { node, state: stateOf(sample), sample };
  });
}

function stateOf({ node: { draining, edge } }: ProcessSample): NodeRow["state"] {
  if (draining) return "draining";
  return edge ? "players only" : "healthy";
}
