// One server under test, in a process of its own, so that its CPU time is its own.
import type {
  ServerArgs,
  ServerAtRest,
  ServerFigures,
  ServerReady,
  WindowRequest,
} from "./harness/messages.ts";
import { startProfile, type RunningProfile } from "./harness/profile.ts";
import { cpuMicrosOf, rssBytesOf } from "./harness/other-process.ts";
import type { StartServer } from "./peers/player.ts";

// A framework that finds an IPC channel takes its parent for a process manager and reports to it.
const report = process.send?.bind(process);
delete process.send;

const { system, profileFolder, ...plan } = JSON.parse(process.argv[2] ?? "{}") as ServerArgs;
const file = plan.workload === "watch" ? "watch-server.ts" : "server.ts";
const { startServer } = (await import(`./peers/${system}/${file}`)) as { startServer: StartServer };
const started = await startServer(plan);
const server = typeof started === "number" ? { port: started, pids: () => [] } : started;

/** What all of its processes have used of the processor, in microseconds. */
function cpuMicros(): number {
  const { user, system: kernel } = process.cpuUsage();
  return server.pids().reduce((sum, pid) => sum + cpuMicrosOf(pid), user + kernel);
}

function rssBytes(): number {
  return server.pids().reduce((sum, pid) => sum + rssBytesOf(pid), process.memoryUsage.rss());
}

/** The garbage of the past is nobody's memory, nor are pages that the heap keeps for more of it. */
function collect(): void {
  globalThis.gc?.({ type: "major", flavor: "last-resort", execution: "sync" });
}

let startMs = 0;
let startCpu = cpuMicros();
let profile: RunningProfile | undefined;
process.on("message", ({ window }: WindowRequest) => {
  if (window === "settle") {
    collect();
    report?.({ rssBytes: rssBytes() } satisfies ServerAtRest);
    return;
  }
  if (window === "begin") {
    if (profileFolder !== undefined) profile = startProfile(profileFolder);
    startMs = performance.now();
    startCpu = cpuMicros();
    return;
  }
  const used = cpuMicros() - startCpu;
  const elapsedMs = performance.now() - startMs;
  profile?.stop();
  collect();
  report?.({ cpuMicros: used, elapsedMs, rssBytes: rssBytes() } satisfies ServerFigures);
});
process.on("disconnect", () => process.exit());
report?.({ port: server.port } satisfies ServerReady);
