import type { JsonValue } from "@bufbuild/protobuf";
import type { ReplayResult } from "../../server/replay/replay.ts";
import type { Moment } from "../../shared/recording/moment.ts";
import { wallMsAt, type Recording } from "../../shared/recording/recording.ts";
import type { ShownTable } from "../../shared/recording/recorded-tables.ts";
import { timelineOf } from "../../shared/recording/timeline.ts";
import { plainTable } from "../plain-table.ts";

/** A timeline has so many rows at most. */
const rowsMax = 40;
const intervalsS = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 86_400] as const;

/** What a recording is of, in one line. */
export function headLine(recording: Recording): string {
  const { roomId, roomType, startUs, endUs, firstTick, lastTick, bytes } = recording;
  const began = new Date(wallMsAt(recording, startUs)).toISOString();
  const seconds = ((endUs - startUs) / 1e6).toFixed(1);
  return `room ${roomId} (${roomType}), from ${began}, ${seconds} s, ticks ${firstTick} to ${lastTick}, ${bytes} bytes\n`;
}

/** What happened, interval by interval, and who was late. */
export function timelineText(recording: Recording): string {
  const { startUs, endUs } = recording;
  const seconds = (endUs - startUs) / 1e6;
  const interval = intervalsS.find((s) => seconds / s <= rowsMax) ?? 86_400;
  const table = plainTable(["TIME", "TICKS", "INPUTS", "EVENTS", "STATE B", "PLAYERS", "NOTES"]);
  for (const row of timelineOf(recording, interval * 1e6)) {
    const { ticks, inputs, events, stateBytes, players, notes } = row;
    const numbers = [ticks, inputs, events, stateBytes, players].map(String);
    table.push([
      timeText(row.atUs - startUs),
      ...numbers,
      notesText(notes.map(({ text }) => text)),
    ]);
  }
  return `${table.toString()}\n`;
}

/** What can be seen of the room at a moment. */
export function momentText(recording: Recording, moment: Moment): string {
  const { tick, atUs, members, tables, hidden, events } = moment;
  const time = new Date(wallMsAt(recording, atUs)).toISOString();
  const who = members.map(({ playerId, connected }) =>
    connected ? playerId : `${playerId} (away)`,
  );
  const late = lateNear(recording, atUs);
  return [
    `tick ${tick}, ${timeText(atUs - recording.startUs)} after the beginning, ${time}`,
    `players: ${who.length === 0 ? "none" : who.join(", ")}`,
    ...tables.flatMap((table) => tableLines(table, "")),
    ...hidden.flatMap((table) => tableLines(table, "hidden ")),
    ...(events.length === 0 ? [] : ["the newest events:"]),
    ...events.slice(-10).map(({ cursor, kind, sender, payload }) => {
      return `  ${cursor} ${kind} ${sender === "" ? "-" : sender} ${json(payload)}`;
    }),
    ...(late.length === 0 ? [] : ["late in the 5 s before:", ...late.map((line) => `  ${line}`)]),
    "",
  ].join("\n");
}

/** What came of running the room again. */
export function verdictText(result: ReplayResult): string {
  const { ticks, inputs, commits, seconds, sameSeconds, difference, calls, skipped, hash } = result;
  return [
    ...skipped.map((part) => `not run: ${part}`),
    `run: ${ticks} ticks or turns, ${inputs} inputs, ${commits} commits; ${sameSeconds} of ${seconds} s came to the same`,
    ...calls.map(
      ({ name, at, times, instead }) =>
        `not repeatable: ${name} at ${at}, ${times} times: use ${instead}`,
    ),
    difference === undefined ? `the same, sha256 ${hash}` : `differs: ${difference.message}`,
    "",
  ].join("\n");
}

function lateNear(recording: Recording, atUs: number): string[] {
  const rows = timelineOf(recording, recording.endUs - recording.startUs + 1);
  return rows
    .flatMap(({ notes }) => notes)
    .filter(
      ({ kind, atUs: at }) => (kind === "late" || kind === "away") && at <= atUs && at > atUs - 5e6,
    )
    .map(({ text }) => text);
}

function tableLines({ name, rows }: ShownTable, what: string): string[] {
  return [
    `${what}${name}: ${rows.length}`,
    ...rows.map(({ key, value }) => `  ${key} ${json(value)}`),
  ];
}

function json(value: JsonValue): string {
  return JSON.stringify(value);
}

/** The same thing said often is said once. */
function notesText(notes: readonly string[]): string {
  const shown = [...new Set(notes)];
  const more = shown.length > 3 ? `; ${shown.length - 3} more` : "";
  return shown.slice(0, 3).join("; ") + more;
}

function timeText(us: number): string {
  const tenths = Math.floor(us / 1e5);
  const minutes = Math.floor(tenths / 600);
  return `${minutes}:${((tenths % 600) / 10).toFixed(1).padStart(4, "0")}`;
}
