import { setTimeout as sleep } from "node:timers/promises";
import type { System } from "../peers/systems.ts";
import type { Workload } from "../workloads/catalogue.ts";
import type { Params } from "../workloads/params.ts";
import { Child } from "./child.ts";
import type {
  LoadArgs,
  LoadRequest,
  MeasuredLoad,
  ServerArgs,
  ServerAtRest,
  ServerFigures,
  ServerReady,
  WindowRequest,
} from "./messages.ts";
import type { NodeBinary } from "./node-binary.ts";

/** What is measured once. */
export interface RunParts {
  readonly system: System;
  readonly workload: Workload;
  readonly params: Params;
  readonly node: NodeBinary;
  /** Where the server writes CPU profiles, if it is to. */
  readonly profileFolder?: string | undefined;
  /** Told what is going on. */
  readonly onStep: (step: string) => void;
}

/** One phase of one run. */
export interface RunFigures {
  readonly server: ServerFigures;
  readonly load: MeasuredLoad;
  /** Resident memory of the server before anybody came or, if the workload has one, with its first crowd. */
  readonly restBytes: number;
}

/** From the first crowd's joining to the server's state at rest. */
const settleMs = 5_000;

/** Runs one server and its players once, each in a process of its own; one result for each phase of the workload. */
export async function runOnce(parts: RunParts): Promise<RunFigures[]> {
  const { system, workload, params, node, onStep } = parts;
  const children: Child[] = [];
  const start = (file: string, args: object, execArgv: readonly string[] = []): Child => {
    const child = new Child({ file, args, node, execArgv });
    children.push(child);
    return child;
  };
  try {
    onStep("starting");
    const { hz, roomSize, messageBytes } = params;
    const { profileFolder } = parts;
    const serverArgs = {
      system: system.server,
      workload: workload.name,
      ...(profileFolder !== undefined && { profileFolder }),
    };
    const server = start(
      "server-process.ts",
      { ...serverArgs, hz, roomSize, messageBytes } satisfies ServerArgs,
      ["--expose-gc"],
    );
    const { port } = await server.answer<ServerReady>();
    let restBytes = await settle(server);
    onStep("joining");
    const loadArgs = { system: system.player, workload: workload.name, params, port };
    const load = start("load-process.ts", loadArgs satisfies LoadArgs);
    await load.answer();
    if (workload.hasFirstCrowd) {
      onStep("at rest with the first crowd");
      await sleep(settleMs);
      restBytes = await settle(server);
      onStep("joining");
      load.tell({ grow: true } satisfies LoadRequest);
      await load.answer();
      // The garbage of the joining is nobody's silence.
      await settle(server);
    }
    onStep("warming up");
    await sleep(workload.warmUpMs);
    const figures: RunFigures[] = [];
    for (const phase of workload.phases) {
      onStep(phase === "" ? "measuring" : `measuring, ${phase}`);
      figures.push({ ...(await measure(server, load, params)), restBytes });
    }
    return figures;
  } finally {
    for (const child of children.reverse()) await child.end();
  }
}

/** Lets the server collect its garbage; returns its resident memory. */
async function settle(server: Child): Promise<number> {
  const atRest = server.answer<ServerAtRest>();
  server.tell({ window: "settle" } satisfies WindowRequest);
  return (await atRest).rssBytes;
}

async function measure(
  server: Child,
  load: Child,
  { seconds }: Params,
): Promise<{ server: ServerFigures; load: MeasuredLoad }> {
  server.tell({ window: "begin" } satisfies WindowRequest);
  load.tell({ measureMs: seconds * 1_000 } satisfies LoadRequest);
  const measuredLoad = await load.answer<MeasuredLoad>();
  const measuredServer = server.answer<ServerFigures>();
  server.tell({ window: "end" } satisfies WindowRequest);
  return { server: await measuredServer, load: measuredLoad };
}
