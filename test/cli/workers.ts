import assert from "node:assert/strict";
import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { AdminService } from "../../shared/gen/roomline/v1/admin_pb.ts";
import { runRoomline, startRoomline, type Outcome, type Running } from "./spawn-roomline.ts";

/** A server of several workers. */
export interface Workers {
  readonly running: Running;
  readonly address: string;
  /** The processes of the workers that have been started, oldest first. */
  readonly pids: () => number[];
  /** Resolves when so many workers have been started. */
  readonly started: (count: number) => Promise<void>;
  readonly stop: (signal?: NodeJS.Signals) => Promise<Outcome>;
}

/** Starts a server of so many workers, and waits until they run. */
export async function startWorkers(
  count: number,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Workers> {
  const local = ["--host", "127.0.0.1", "--port", "0", "--drain-timeout", "3"];
  const running = startRoomline(["serve", ...local, "--workers", `${count}`, ...args], env);
  let log = "";
  running.child.stdout?.on("data", (text: string) => (log += text));
  const pids = () =>
    [...log.matchAll(/"pid":(\d+),"msg":"worker runs"/g)].map(([, pid]) => Number(pid));
  const started = async (least: number): Promise<void> => {
    for (let tries = 0; pids().length < least; tries++) {
      assert.ok(tries < 600, `${least} workers: ${log}`);
      await sleep(50);
    }
  };
  const [, address = ""] = await running.said(/listening on (\S+) .*, \d+ workers/);
  await started(count);
  return {
    running,
    address,
    pids,
    started,
    stop(signal = "SIGTERM") {
      running.child.kill(signal);
      return running.ended;
    },
  };
}

/** What `roomline load` reports. */
export async function load(
  address: string,
  args: readonly string[],
): Promise<Record<string, unknown>> {
  const many = ["--players", "30", "--rooms-per-player", "4", "--room-size", "10"];
  const { stdout, stderr } = await runRoomline([
    ...["load", "--url", address, ...many, "--seed", "7", "--json", ...args],
  ]);
  assert.match(stdout, /^\{/, stderr);
  return JSON.parse(stdout) as Record<string, unknown>;
}

const nothingWrong = {
  ...{ lost: 0, duplicated: 0, outOfOrder: 0, inputsLost: 0, inputsDuplicated: 0 },
  ...{ inputsOutOfOrder: 0, stateRowsWrong: 0, errors: 0, errorMessages: {} },
};

/** Nothing of it was lost, doubled, out of order or wrong. */
export function assertRight(report: Record<string, unknown>): void {
  assert.deepEqual({ ...report, ...nothingWrong }, report);
  assert.equal(report["resumes"], report["cuts"], "everybody is back");
}

/** Operators' way to it. */
export function adminOf(address: string) {
  return createClient(
    AdminService,
    createConnectTransport({
      httpVersion: "1.1",
      baseUrl: `http://${address}`,
      // The worker of the last call may be gone, and its connection with it.
      nodeOptions: { agent: new Agent({ keepAlive: false }) },
    }),
  );
}

/** All players have their seats, at whichever workers. */
export async function seated(address: string): Promise<void> {
  const admin = adminOf(address);
  for (let tries = 0, total = 0; total < 120; tries++) {
    assert.ok(tries < 600, `${total} of 120 sessions`);
    await sleep(50);
    ({ total } = await admin.listSessions({ limit: 1 }));
  }
}

/** Cuts and pauses. */
export const chaos = ["--cut-per-second", "0.4", "--pause-per-second", "0.2"];
