// Runs the scenarios with many seeds: npm run simulate -- FROM TO [WORD...]. Words say where the rooms are (home, linked, nodes; default all),
// name scenarios (default all), "moved" has each room go on as another instance whenever it has shown its players something, and "stop" stops at the first failure. A seed that fails becomes a named test.
import { churn } from "./churn/scenario.ts";
import { crowd } from "./crowd/scenario.ts";
import {
  edgeDies,
  endsUnheard,
  exactlyOnce,
  fairShares,
  honestGaps,
  keptNodesDie,
  nodeDies,
  restart,
  truthful,
} from "./scenarios.ts";

const everywhere = { crowd, churn, exactlyOnce, honestGaps, truthful, restart };
const scenariosOf = {
  home: { ...everywhere, fairShares },
  linked: { ...everywhere, edgeDies, endsUnheard },
  nodes: { churn, exactlyOnce, honestGaps, truthful, restart, nodeDies, keptNodesDie },
} as const;

/** One that is tried at a place takes its name. */
type Scenario = (seed: number, where: (typeof places)[number], moves: boolean) => unknown;

const [first = "1", last = "100", ...words] = process.argv.slice(2);
const names = Object.values(scenariosOf).flatMap((scenarios) => Object.keys(scenarios));
const places = ["home", "linked", "nodes"] as const;
const isPlace = (word: string) => places.some((place) => place === word);
const manners = ["stop", "moved"];
const strange = words.find(
  (word) => !isPlace(word) && !manners.includes(word) && !names.includes(word),
);
const moves = words.includes("moved");
if (strange !== undefined) {
  console.error(
    `"${strange}" is not home, linked, nodes, moved, stop or one of ${[...new Set(names)].join(", ")}.`,
  );
  process.exit(2);
}

for (const place of places) {
  if (words.some(isPlace) && !words.includes(place)) continue;
  const all = Object.entries(scenariosOf[place]) as [string, Scenario][];
  const named = all.filter(([name]) => words.includes(name));
  const chosen = words.some((word) => names.includes(word)) ? named : all;
  let failures = 0;
  for (let seed = Number(first); seed <= Number(last); seed++) {
    for (const [name, scenario] of chosen) {
      try {
        await scenario(seed, place, moves);
      } catch (error) {
        failures++;
        const text = error instanceof Error ? error.message : String(error);
        console.log(`${name} seed ${seed}, rooms ${place}: ${text}`);
        if (words.includes("stop")) process.exit(1);
      }
    }
  }
  console.log(`rooms ${place}, seeds ${first} to ${last}: ${failures} failures`);
  if (failures > 0) process.exitCode = 1;
}
