import type { Mutant } from "./mutant.ts";

const adapt = "server/room/image/adapt.ts";
const fields = "server/state/other-fields.ts";
const edge = "server/nodes/edge-rooms.ts";
const saved = "cli/dev/saved-files.ts";

/** Rooms that go on with new code, and under another contract. */
export const devMutants: readonly Mutant[] = [
  {
    name: "players go on with a contract that they would misread",
    file: adapt,
    is: "(isSame || isGrown(theirs, ours)) && areRowsUnderstood(image, config.contract.tables);",
    becomes: "isSame || isGrown(theirs, ours);",
    noticedBy: ["engine/other-contract"],
  },
  {
    name: "events keep the numbers of another contract",
    file: adapt,
    is: "event.kind = kind;",
    becomes: "",
    noticedBy: ["engine/other-contract"],
  },
  {
    name: "inputs that wait keep the numbers of another contract",
    file: adapt,
    is: "kind: inputs(input.kind) }));",
    becomes: "kind: input.kind }));",
    noticedBy: ["engine/other-contract"],
  },
  {
    name: "a field of another type is read as it is",
    file: fields,
    is: "if (theirs.type === ours.type) return;",
    becomes: "if (theirs.type.length > 0) return;",
    noticedBy: ["state/other-fields"],
  },
  {
    name: "what was done to a field since the commit keeps its old name",
    file: fields,
    is: "[[to.localName, values[name]] as const]",
    becomes: "[[name, values[name]] as const]",
    noticedBy: ["state/other-fields"],
  },
  {
    name: "somebody is given a room while rooms go to another host",
    file: edge,
    is: "if (this.#host !== undefined && !this.#isHeld)",
    becomes: "if (this.#host !== undefined)",
    noticedBy: ["nodes/edge-rooms"],
  },
  {
    name: "an edge asks a host that is about to go",
    file: edge,
    is: ".find(({ load }) => !load.isDraining);",
    becomes: ".find(({ load }) => load.node.length > 0);",
    noticedBy: ["nodes/edge-rooms"],
  },
  {
    name: "a file that was saved as it was counts as saved",
    file: saved,
    is: "found.filter(([path, now]) => now !== this.#known.get(path));",
    becomes: "found.filter(([path]) => this.#known.has(path));",
    noticedBy: ["cli/dev-files"],
  },
  {
    name: "a file that is renamed counts as gone at once",
    file: saved,
    is: "this.#missingSinceMs !== undefined && clock.now() - this.#missingSinceMs < missingMs",
    becomes: "this.#missingSinceMs !== undefined && clock.now() - this.#missingSinceMs < 0",
    noticedBy: ["cli/dev-files"],
  },
  {
    name: "what is saved while rooms are loaded for the first time is missed",
    file: saved,
    is: "if (isNewer) this.#onChange(path);",
    becomes: "",
    noticedBy: ["cli/dev-files"],
  },
];
