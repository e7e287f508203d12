// All players of a run, in one light process that does the same for every system.
import type { LoadArgs, LoadRequest, MeasuredLoad } from "./harness/messages.ts";
import type { JoinPlayer } from "./peers/player.ts";
import type { StartLoad } from "./workloads/workload.ts";

const { system, workload, params, port } = JSON.parse(process.argv[2] ?? "{}") as LoadArgs;
const file = workload === "watch" ? "watcher.ts" : "player.ts";
const { joinPlayer: join } = (await import(`./peers/${system}/${file}`)) as {
  joinPlayer: JoinPlayer;
};
const { startLoad } = (await import(`./workloads/${workload}.ts`)) as { startLoad: StartLoad };
const load = await startLoad({ params, port, join });

process.on("message", (request: LoadRequest) => {
  if ("grow" in request) {
    void load.grow?.().then(() => process.send?.({ ready: true }));
    return;
  }
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  void load.measure(request.measureMs).then((figures) => {
    const { user, system: kernel } = process.cpuUsage(startCpu);
    const generatorShare = (user + kernel) / 1_000 / (performance.now() - startMs);
    process.send?.({ ...figures, generatorShare } satisfies MeasuredLoad);
  });
});
process.on("disconnect", () => process.exit());
process.send?.({ ready: true });
