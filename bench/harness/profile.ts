import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How many functions are listed. */
const listed = 30;

/** A CPU profile of Roomline's server, one file for each round. */
export interface Profile {
  /** What makes Node write it. */
  readonly execArgv: readonly string[];
  /** Where the files are, and the functions with the most time of their own. */
  report(): string;
}

interface ProfileFile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  readonly samples: readonly number[];
}

/** A profile that is written into a folder of its own. */
export function createProfile(): Profile {
  const folder = mkdtempSync(join(tmpdir(), "roomline-bench-"));
  return {
    execArgv: ["--cpu-prof", `--cpu-prof-dir=${folder}`],
    report() {
      const names = readdirSync(folder).filter((name) => name.endsWith(".cpuprofile"));
      const files = names.map(
        (name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as ProfileFile,
      );
      return [`CPU profiles: ${folder}`, ...hottest(files)].join("\n");
    },
  };
}

function hottest(files: readonly ProfileFile[]): string[] {
  const counts = new Map<string, number>();
  let total = 0;
  for (const { nodes, samples } of files) {
    const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
    for (const sample of samples) {
      const name = names.get(sample) ?? "?";
      if (name.startsWith("(idle)")) continue;
      counts.set(name, (counts.get(name) ?? 0) + 1);
      total++;
    }
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, listed)
    .map(([name, count]) => `${((count / total) * 100).toFixed(1).padStart(5)} %  ${name}`);
}

function nameOf({
  functionName,
  url,
  lineNumber,
}: ProfileFile["nodes"][number]["callFrame"]): string {
  const place = url === "" ? "" : `  ${url.split("/").slice(-3).join("/")}:${lineNumber + 1}`;
  return `${functionName === "" ? "(anonymous)" : functionName}${place}`;
}
