import { isFlawless, type Findings } from "./checks/findings.ts";
import type { LoadOptions } from "./load-options.ts";
import type { Measure } from "./measure.ts";
import type { Player } from "./player.ts";
import type { RoomRecord } from "./seat.ts";
import type { Tally } from "./tally.ts";

/** What a run has to say, as `--json` prints it. */
export type LoadReport = ReturnType<typeof createReport>;

interface ReportParts {
  readonly options: LoadOptions;
  readonly seed: number;
  readonly players: readonly Player[];
  readonly rooms: readonly RoomRecord[];
  readonly measure: Measure;
  readonly tally: Tally;
  readonly findings: Findings;
  /** Rows that were not the same at a seat as in a snapshot; 0 also when that could not be found out, which is an error. */
  readonly stateRowsWrong: number;
  /** CPU time of this process over the whole run, user and system. */
  readonly cpuSeconds: number;
}

/**
 * Figures of a finished run. `updatesPerSecondPerSession` is the updates that came to seats in their active time of the
 * measured window, by the sum of these times. A seat that comes back gets an update
 * at once, so with many cuts and pauses the figure may be a little above the room's rate. The latencies are from sending an input to the first update that shows it
 * (in chat: to one's own message), at seats that were active all the while; those with a cut or pause in between are
 * `p50AcrossOutagesMs` and `p99AcrossOutagesMs`. Where `p99OwnLoopDelayMs` is high, this process was short of CPU and the
 * latencies are partly its own. Bytes are those of frames, without gRPC's and TCP's own.
 */
export function createReport(parts: ReportParts) {
  const { options, seed, players, rooms, measure, tally, findings, cpuSeconds } = parts;
  const seats = players.flatMap((player) => player.seats);
  const records = seats.map((seat) => seat.record);
  const updates = records.reduce((sum, record) => sum + record.updates, 0);
  const activeSeconds = records.reduce((sum, record) => sum + record.activeSeconds, 0);
  const isChat = options.roomType === "chat";
  return {
    roomType: options.roomType,
    networks: options.networks,
    players: players.length,
    rooms: rooms.length,
    sessions: seats.length,
    seconds: rounded(measure.seconds),
    updatesPerSecondPerSession: rounded(activeSeconds > 0 ? updates / activeSeconds : 0),
    eventsPublished: isChat
      ? findings.inputsApplied
      : rooms.reduce((sum, room) => sum + room.published, 0),
    eventsDelivered: findings.delivered,
    lost: findings.lost,
    duplicated: findings.duplicated,
    outOfOrder: findings.outOfOrder,
    gaps: tally.gaps,
    inputsSent: findings.inputsSent,
    inputsApplied: findings.inputsApplied,
    inputsLost: findings.inputsLost,
    inputsDuplicated: findings.inputsDuplicated,
    inputsOutOfOrder: findings.inputsOutOfOrder,
    inputsNotShown: findings.inputsNotShown,
    stateRowsWrong: parts.stateRowsWrong,
    inputsHeld: tally.inputsHeld,
    cuts: tally.cuts,
    resumes: tally.resumes,
    unplannedLosses: tally.unplannedLosses,
    verdicts: { ...tally.verdicts },
    roomsLost: rooms.filter(({ isLost }) => isLost).length,
    seatsLost: tally.seatsLost,
    pauses: tally.pauses,
    throttles: tally.throttles,
    p50InputToStateMs: measure.calm.percentile(50),
    p99InputToStateMs: measure.calm.percentile(99),
    p50AcrossOutagesMs: measure.disturbed.percentile(50),
    p99AcrossOutagesMs: measure.disturbed.percentile(99),
    bytesInPerSecondPerPlayer: Math.round(perSecond(measure.bytes, measure) / players.length),
    cpuSeconds: rounded(cpuSeconds),
    p99OwnLoopDelayMs: rounded(measure.p99LoopDelayMs),
    seed,
    errors: tally.faults.total,
    errorMessages: tally.faults.counts(),
    ok: isFlawless(findings) && parts.stateRowsWrong === 0 && tally.faults.total === 0,
  };
}

function perSecond(amount: number, { seconds }: Measure): number {
  return seconds > 0 ? amount / seconds : 0;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
