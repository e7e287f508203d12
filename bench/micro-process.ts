// Runs the micro cases, on the Node all benches run on.
import { microCases } from "./micro/cases.ts";
import { measureCase } from "./micro/measure.ts";

const wanted = JSON.parse(process.argv[2] ?? "[]") as readonly string[];
const chosen = microCases.filter(
  ({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
);
process.on("disconnect", () => process.exit());
process.send?.({ figures: chosen.map(measureCase) });
