// Plants faults in a copy of the code, one at a time, and runs the simulation over each: npm run simulate:planted. A fault
// that no scenario notices is a promise that no test keeps.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** A fault, and where it is to be noticed. */
export interface Fault {
  readonly name: string;
  readonly file: string;
  /** What stands there, exactly once. */
  readonly is: string;
  /** What is put in its place. */
  readonly becomes: string;
  readonly where: "home" | "linked";
}

export const faults: readonly Fault[] = [
  {
    name: "an edge ignores a gap",
    file: "server/feed/log.ts",
    is: "if (entry.cursor !== this.#head + 1) this.skipTo(entry.cursor - 1);",
    becomes: "",
    where: "linked",
  },
  {
    name: "inputs are not sent again",
    file: "server/feed/link/input-ring.ts",
    is: "this.#said = had.length;",
    becomes: "this.#said = this.#kept.length;",
    where: "linked",
  },
  {
    name: "inputs are sent again without dedupe",
    file: "server/room/inputs/room-inputs.ts",
    is: "if (seq <= member.takenSeq) {",
    becomes: "if (seq < 0) {",
    where: "linked",
  },
  {
    name: "an acknowledgement comes before its commit",
    file: "server/feed/link/edge-peer.ts",
    is: "seat.takenSeq = Math.max(seat.takenSeq, seq);",
    becomes:
      "seat.takenSeq = Math.max(seat.takenSeq, seq); seat.acked = Math.max(seat.acked, seq); feed.onAdvance();",
    where: "linked",
  },
  {
    name: "an acknowledgement comes before the state that shows it",
    file: "server/session/session-stream.ts",
    is: "if (isBehind && this.#paused === PauseMode.UNSPECIFIED) return this.#ackSent;",
    becomes: "",
    where: "linked",
  },
  {
    name: "a reply comes before its commit",
    file: "server/room/live-room.ts",
    is: "if (isUpToDate || this.#isStateless) this.#open.release();",
    becomes: "this.#open.release();",
    where: "home",
  },
  {
    name: "a reply comes before the state it talks about",
    file: "server/session/session-stream.ts",
    is: "if (flows && isOwed && this.#ended === undefined) return true;",
    becomes: "",
    where: "linked",
  },
  {
    name: "a seat is not bound again",
    file: "server/feed/link/replica.ts",
    is: "for (const seat of this.#seats.values()) this.#sayRebind(seat);",
    becomes: "",
    where: "linked",
  },
];

/** Seeds that are tried: each of these faults shows in far fewer. */
const seeds = 8;

const copied = ["shared", "server", "client", "testing", "test", "package.json", "tsconfig.json"];

/** Runs the scenarios in a copy of the code with this fault, or none, and says whether they all passed. */
export function passesWith(fault: Fault | undefined, where: Fault["where"]): boolean {
  const folder = mkdtempSync(join(tmpdir(), "roomline-planted-"));
  try {
    for (const name of copied) cpSync(name, join(folder, name), { recursive: true });
    symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
    if (fault !== undefined) plant(fault, folder);
    const { status } = spawnSync(
      process.execPath,
      [
        ...["--conditions=roomline-source", "--import", "tsx"],
        ...["test/simulation/explore.ts", "1", `${seeds}`, where, "stop"],
      ],
      { cwd: folder, encoding: "utf8" },
    );
    return status === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function plant({ name, file, is, becomes }: Fault, folder: string): void {
  const path = join(folder, file);
  const code = readFileSync(path, "utf8");
  if (code.split(is).length !== 2) throw new Error(`${name}: ${file} does not have, once: ${is}`);
  writeFileSync(
    path,
    code.replace(is, () => becomes),
  );
}

if (import.meta.filename === resolve(process.argv[1] ?? "")) {
  for (const where of ["home", "linked"] as const) {
    console.log(
      `${passesWith(undefined, where) ? "passes" : "FAILS"}: nothing planted, rooms ${where}`,
    );
  }
  for (const fault of faults) {
    const caught = !passesWith(fault, fault.where);
    console.log(`${caught ? "caught" : "NOT CAUGHT"}: ${fault.name}`);
    if (!caught) process.exitCode = 1;
  }
}
