// Roomline beside other systems: `npm run bench -- arena`; `npm run bench -- help` says what else.
import { loadavg } from "node:os";
import { readFloodOptions, runFloods } from "./floods/run-floods.ts";
import { findNode } from "./harness/node-binary.ts";
import {
  OptionError,
  readMicroOptions,
  readOptions,
  usage,
  type BenchOptions,
} from "./harness/options.ts";
import { createProfileFolder, reportProfiles } from "./harness/profile.ts";
import { formatReport } from "./harness/report.ts";
import { toRows } from "./harness/result.ts";
import { runRounds } from "./harness/rounds.ts";
import { runMicro } from "./micro/run-micro.ts";

const node = findNode();

/** Measures and reports; resolves with whether every system did its work. */
async function bench(options: BenchOptions): Promise<boolean> {
  const profileFolder = options.profile ? createProfileFolder() : undefined;
  const parts = { ...options, node, profileFolder };
  const [loadBefore = 0] = loadavg();
  const rows = toRows(await runRounds(parts), options.workload, options.params);
  console.log(formatReport({ options, node, rows, loadBefore }));
  if (profileFolder !== undefined) console.error(reportProfiles(profileFolder));
  return rows.every(({ valid }) => valid);
}

try {
  const args = process.argv.slice(2);
  if (args[0] === "help" || args[0] === "--help" || args[0] === "-h") console.log(usage);
  else if (args[0] === "floods") {
    if (!(await runFloods(readFloodOptions(args.slice(1), node)))) process.exitCode = 1;
  } else if (args[0] === "micro")
    console.log(await runMicro(readMicroOptions(args.slice(1), node)));
  else if (!(await bench(readOptions(args, node)))) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof OptionError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
