import type { EventInfo } from "roomline/client";

/** A line of the talk: what somebody said, or a note without a name. */
export interface Line {
  readonly by?: string;
  readonly text: string;
}

/** A line as it is kept. */
export interface KeptLine extends Line {
  /** No two events have the same. */
  readonly id: string;
  readonly timeMs: number;
}

/** The room that the address names. */
export const roomId = new URLSearchParams(location.search).get("room") ?? "lobby";

const key = `lines of ${roomId}`;
const linesMax = 200;

/** What this tab has heard, the oldest first. After a reload the room goes on behind it, and does not tell it again. */
export function keptLines(): readonly KeptLine[] {
  return JSON.parse(sessionStorage.getItem(key) ?? "[]") as readonly KeptLine[];
}

/** Keeps the line that an event makes. One that is there already, as when a new seat is told the history, stays one. */
export function keepLine(line: Line, { cursor, timeMs }: EventInfo): readonly KeptLine[] {
  const id = `${timeMs} ${cursor}`;
  const others = keptLines().filter((other) => other.id !== id);
  const lines = [...others, { ...line, id, timeMs }]
    .sort((a, b) => a.timeMs - b.timeMs)
    .slice(-linesMax);
  sessionStorage.setItem(key, JSON.stringify(lines));
  return lines;
}
