// Runs the scenarios with many seeds: npm run simulate -- FROM TO. A seed that fails becomes a named test.
import { exactlyOnce, honestGaps, restart } from "./scenarios.ts";

const [from = 1, to = 100] = process.argv.slice(2).map(Number);
let failures = 0;
for (let seed = from; seed <= to; seed++) {
  for (const [name, scenario] of Object.entries({ exactlyOnce, honestGaps, restart })) {
    try {
      await scenario(seed);
    } catch (error) {
      failures++;
      console.log(
        `${name} seed ${seed}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
}
console.log(`seeds ${from} to ${to}: ${failures} failures`);
process.exitCode = failures === 0 ? 0 : 1;
