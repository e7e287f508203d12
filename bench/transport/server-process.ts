// One server under test, in a process of its own, so that its CPU time is its own.
import { PlayerWorld } from "./player-world.ts";
import { serverKinds } from "./servers.ts";

/** What the server used and did while it was measured. */
export interface ServerMeasurement {
  readonly cpuMicros: number;
  readonly updates: number;
  readonly inputs: number;
  readonly elapsedMs: number;
}

/** To the server process: measure for so long. */
export interface MeasureRequest {
  readonly measureMs: number;
}

const world = new PlayerWorld();
const kind = serverKinds.find(({ name }) => name === process.argv[2]);
if (kind === undefined) throw new Error(`There is no server ${process.argv[2] ?? ""}.`);
const port = await kind.start(world);
world.run();
process.on("message", ({ measureMs }: MeasureRequest) => {
  const { updates, inputs } = world;
  const startMs = performance.now();
  const cpu = process.cpuUsage();
  setTimeout(() => {
    const { user, system } = process.cpuUsage(cpu);
    const measurement: ServerMeasurement = {
      cpuMicros: user + system,
      updates: world.updates - updates,
      inputs: world.inputs - inputs,
      elapsedMs: performance.now() - startMs,
    };
    process.send?.(measurement);
  }, measureMs);
});
process.on("disconnect", () => process.exit());
process.send?.({ port });
