import type { Mutant } from "./mutant.ts";

const shaper = "shared/network/shaper.ts";
const network = "shared/network/emulated-network.ts";
const stay = "testing/simulation/stay.ts";
const run = "testing/simulation/run.ts";

/** Bad networks, and what a simulation looks at. */
export const testingMutants: readonly Mutant[] = [
  {
    name: "a frame on a bad network overtakes the one before it",
    file: shaper,
    is: "this.#lastMs = Math.max(this.#lastMs, arrivesMs);",
    becomes: "this.#lastMs = arrivesMs;",
    noticedBy: ["test/network/"],
  },
  {
    name: "frames do not wait for each other's bandwidth",
    file: shaper,
    is: "this.#freeMs = departsMs;",
    becomes: "",
    noticedBy: ["test/network/"],
  },
  {
    name: "one connects though there is no network",
    file: network,
    is: "return this.#shaper.offlineUntilMs(nowMs) > nowMs;",
    becomes: "return nowMs < 0;",
    noticedBy: ["test/network/"],
  },
  {
    name: "a cut of a bad network leaves its connections",
    file: network,
    is: "for (const transport of [...this.#open]) transport.destroy();",
    becomes: "",
    noticedBy: ["test/network/"],
  },
  {
    name: "a simulation does not see that an event is missing",
    file: stay,
    is: "if (missing !== undefined) return `event ${missing} was never seen`;",
    becomes: "",
    noticedBy: ["test/testing/"],
  },
  {
    name: "a simulation does not compare the states that come",
    file: stay,
    is: "if (difference !== undefined)",
    becomes: "if (difference === `${tick}`)",
    noticedBy: ["test/testing/"],
  },
  {
    name: "a simulation that is repeated does something else",
    file: run,
    is: "this.#random = createSeededRandom(seed);",
    becomes: "this.#random = createSeededRandom(performance.now());",
    noticedBy: ["test/testing/"],
  },
];
