// Breaks promises on purpose, one at a time in a copy of the code, and looks whether the tests notice: npm run mutants -- [WORD...]
// takes those whose names or files have one of the words in them. One that nobody notices is a promise that no test keeps.
import { mutants } from "./all.ts";
import { Laboratory } from "./laboratory.ts";

const words = process.argv.slice(2);
const chosen = mutants.filter(
  ({ name, file }) =>
    words.length === 0 || words.some((word) => name.includes(word) || file.includes(word)),
);
const laboratory = await Laboratory.open();
const bys = new Map(chosen.map(({ noticedBy }) => [String(noticedBy), noticedBy]));
/** Those that fail with nothing planted: that they fail with a mutant says nothing. */
const unfit = new Set<string>();
for (const by of bys.values()) {
  const { outcome, last } = await laboratory.try(undefined, by);
  if (outcome === "passes") continue;
  console.log(`FAILS with nothing planted: ${String(by)}: ${last}`);
  unfit.add(String(by));
}
const verdicts = { fails: "noticed", passes: "NOT NOTICED", hangs: "HANGS" } as const;
let noticed = 0;
for (const mutant of chosen) {
  const by = String(mutant.noticedBy);
  if (unfit.has(by)) {
    console.log(`NOT TRIED: ${mutant.name} (${by} fails without it)`);
    continue;
  }
  const { outcome, last } = await laboratory.try(mutant, mutant.noticedBy);
  if (outcome === "fails") noticed++;
  console.log(`${verdicts[outcome]}: ${mutant.name} (${mutant.file}; ${by}: ${last})`);
}
laboratory.close();
console.log(`${noticed} of ${chosen.length} noticed`);
if (noticed < chosen.length) process.exitCode = 1;
