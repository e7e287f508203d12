// Runs the scenarios with many seeds, with rooms at home and across a link: npm run simulate -- FROM TO [home|linked|both],
// and "stop" behind that to stop at the first failure.
// A seed that fails becomes a named test.
import {
  edgeDies,
  endsUnheard,
  exactlyOnce,
  fairShares,
  honestGaps,
  restart,
  truthful,
} from "./scenarios.ts";

const [first = "1", last = "100", where = "both", until = ""] = process.argv.slice(2);
const scenarios = { exactlyOnce, honestGaps, truthful, restart };
const homeOnly = { fairShares };
const linkedOnly = { edgeDies, endsUnheard };
const places = where === "both" ? ["home", "linked"] : [where];
for (const place of places) {
  let failures = 0;
  for (let seed = Number(first); seed <= Number(last); seed++) {
    for (const [name, scenario] of Object.entries({
      ...scenarios,
      ...(place === "linked" ? linkedOnly : homeOnly),
    })) {
      try {
        await scenario(seed, place === "linked");
      } catch (error) {
        failures++;
        const text = error instanceof Error ? error.message : String(error);
        console.log(`${name} seed ${seed}, rooms ${place}: ${text}`);
        if (until === "stop") process.exit(1);
      }
    }
  }
  console.log(`rooms ${place}, seeds ${first} to ${last}: ${failures} failures`);
  if (failures > 0) process.exitCode = 1;
}
