import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { Session, type Profiler } from "node:inspector";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How many functions are listed. */
const listed = 30;
/** Between two samples. */
const intervalMicros = 250;

/** A profile that is being taken of this process. */
export interface RunningProfile {
  /** Ends it and writes the file. */
  stop(): void;
}

/** A new folder for profiles. */
export function createProfileFolder(): string {
  return mkdtempSync(join(tmpdir(), "roomline-bench-"));
}

/** Takes a CPU profile of this process from now on. */
export function startProfile(folder: string): RunningProfile {
  const session = new Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.setSamplingInterval", { interval: intervalMicros });
  session.post("Profiler.start");
  return {
    stop() {
      session.post("Profiler.stop", (error, { profile }) => {
        if (error !== null) throw error;
        const name = `${process.pid}-${Math.round(performance.now())}.cpuprofile`;
        writeFileSync(join(folder, name), JSON.stringify(profile));
      });
      session.disconnect();
    },
  };
}

/** Where the profiles are, and the functions with the most time of their own in all of them. */
export function reportProfiles(folder: string): string {
  const names = readdirSync(folder).filter((name) => name.endsWith(".cpuprofile"));
  const profiles = names.map(
    (name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Profiler.Profile,
  );
  const head = `CPU profiles: ${folder} (taking them is part of Roomline's CPU above)`;
  return [head, ...hottest(profiles)].join("\n");
}

function hottest(profiles: readonly Profiler.Profile[]): string[] {
  const counts = new Map<string, number>();
  let total = 0;
  for (const { nodes, samples = [] } of profiles) {
    const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
    for (const sample of samples) {
      const name = names.get(sample) ?? "?";
      if (name === "(idle)") continue;
      counts.set(name, (counts.get(name) ?? 0) + 1);
      total++;
    }
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, listed)
    .map(([name, count]) => `${((count / total) * 100).toFixed(1).padStart(5)} %  ${name}`);
}

function nameOf({ functionName, url, lineNumber }: Profiler.ProfileNode["callFrame"]): string {
  const place = url === "" ? "" : `  ${url.split("/").slice(-3).join("/")}:${lineNumber + 1}`;
  return `${functionName === "" ? "(anonymous)" : functionName}${place}`;
}
