import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { RoomlineError, type Client, type GrpcTlsOptions } from "roomline/client";
import type { Checked } from "../options/option-reader.ts";
import { exitCodes, reportFailure, reportMistakes, type Surroundings } from "../surroundings.ts";
import { auditState } from "./audit.ts";
import { sumFindings } from "./checks/findings.ts";
import { drive } from "./drive.ts";
import { planFleet } from "./fleet-plan.ts";
import { assembleFleet, connectNewcomer, disband } from "./fleet.ts";
import type { LoadOptions, LoadTlsFiles } from "./load-options.ts";
import { createReport, type LoadReport } from "./load-report.ts";
import { Measure } from "./measure.ts";
import type { Player } from "./player.ts";
import { createProgressBar, noProgress, type Progress } from "./progress.ts";
import { reportTable, verdictLine } from "./report-table.ts";
import type { RoomRecord } from "./seat.ts";
import { createSeededRandom } from "./seeded-random.ts";
import { settle } from "./settle.ts";
import { Tally } from "./tally.ts";

/** Runs a load as asked for and prints what came of it. Resolves to the exit code. */
export async function runLoad(
  checked: Checked<LoadOptions>,
  around: Surroundings,
): Promise<number> {
  const read = checked.ok ? readTls(checked.value.tls) : checked;
  if (!checked.ok) return reportMistakes(around, checked.mistakes);
  if (!read.ok) return reportMistakes(around, read.mistakes);
  const options = checked.value;
  const interrupt = new AbortController();
  const release = around.onSignal(() => {
    // The first ends the run early, with its report; the second ends everything.
    if (interrupt.signal.aborted) around.exit(exitCodes.interrupted);
    interrupt.abort();
  });
  const isWatched = around.stderr.isTTY === true && !options.json;
  const progress = isWatched ? createProgressBar(options) : noProgress;
  try {
    const report = await measureLoad({
      options,
      tls: read.value,
      signal: interrupt.signal,
      progress,
    });
    progress.stop();
    print(report, options, around);
    return report.ok ? exitCodes.ok : exitCodes.failed;
  } catch (error) {
    progress.stop();
    if (interrupt.signal.aborted) {
      around.stderr.write(
        "roomline: stopped before all players had joined; nothing was measured\n",
      );
      return exitCodes.interrupted;
    }
    return reportFailure(around, failureText(error, options));
  } finally {
    release();
  }
}

interface LoadParts {
  readonly options: LoadOptions;
  readonly tls: GrpcTlsOptions | undefined;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

async function measureLoad({ options, tls, signal, progress }: LoadParts): Promise<LoadReport> {
  const seed = options.seed ?? randomBytes(4).readUInt32LE();
  const random = createSeededRandom(seed);
  const run = randomBytes(4).toString("hex");
  const measure = new Measure();
  const tally = new Tally(options.expectLosses);
  const plan = planFleet(options, run);
  const shared = { options, measure, tally, random, seed, signal };
  const onJoined = (players: number): void => progress.joined(players);
  const players = await assembleFleet({ ...shared, tls, plan, run, onJoined });
  await drive({ ...shared, players, onProgress: (seconds) => progress.sent(seconds) });
  progress.settling();
  await settle(players, options.settleSeconds * 1_000);
  noteUnfinished(players, tally);
  const held = players.flatMap((player) => player.seatsHeld);
  // Before the newcomer of the audit comes, who may set off events.
  const findings = sumFindings(held.map((seat) => seat.findings()));
  const left = plan.rooms.filter(({ isLost }) => !isLost);
  const stateRowsWrong = await audit({ options, tls, run, tally }, left);
  const { user, system } = process.cpuUsage();
  const cpuSeconds = (user + system) / 1e6;
  const { rooms } = plan;
  const report = createReport({
    ...{ options, seed, players, rooms, measure, tally, findings, stateRowsWrong, cpuSeconds },
  });
  await disband(players);
  return report;
}

/** Compares the state at all seats with a newcomer's. Not to be able to is an error. */
async function audit(
  parts: Parameters<typeof connectNewcomer>[0],
  rooms: readonly RoomRecord[],
): Promise<number> {
  let client: Client | undefined;
  try {
    client = await connectNewcomer(parts);
    return await auditState(client, rooms, parts.options);
  } catch (error) {
    parts.tally.faults.add(`the state could not be checked: ${RoomlineError.from(error).message}`);
    return 0;
  } finally {
    await client?.close();
  }
}

/** What is still not as it was is an error. */
function noteUnfinished(players: readonly Player[], tally: Tally): void {
  for (const player of players) {
    if (player.isCut) tally.faults.add("cut, and not back in the end");
    else if (!player.isActive) tally.faults.add("not active in the end");
    for (let left = player.untold; left > 0; left--)
      tally.faults.add("not told that its room is lost");
  }
  const sent = players.some(({ seats }) => seats.some(({ record }) => record.sent > 0));
  if (!sent) tally.faults.add("nothing was sent: the run was too short for its rate");
}

function print(report: LoadReport, { json }: LoadOptions, { stdout }: Surroundings): void {
  if (json) stdout.write(`${JSON.stringify(report)}\n`);
  else stdout.write(`${reportTable(report)}${verdictLine(report)}\n`);
}

function failureText(error: unknown, { url }: LoadOptions): string {
  const { code, message } = RoomlineError.from(error);
  const [line = ""] = message.split("\n");
  if (code !== "unavailable") return line;
  // The advice of the library is for programs.
  const [problem = `No server answers at ${url}`] = line.split(". Start the server");
  return `${problem}. Start one with roomline serve, or correct --url.`;
}

function readTls(files: LoadTlsFiles | undefined): Checked<GrpcTlsOptions | undefined> {
  if (files === undefined) return { ok: true, value: undefined };
  const mistakes: string[] = [];
  const read = (flag: string, path: string | undefined): string | undefined => {
    try {
      return path === undefined ? undefined : readFileSync(path, "utf8");
    } catch (error) {
      mistakes.push(`Cannot read the file of ${flag}: ${RoomlineError.from(error).message}.`);
      return undefined;
    }
  };
  const ca = read("--tls-ca", files.ca);
  const cert = read("--tls-cert", files.cert);
  const key = read("--tls-key", files.key);
  if (mistakes.length > 0) return { ok: false, mistakes };
  const value = {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
  return { ok: true, value };
}
