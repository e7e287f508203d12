import type { Entry, Said } from "./room-log.ts";

/** A row of a log as it is shown. */
export type Row =
  | { readonly type: "day"; readonly key: string; readonly label: string }
  | { readonly type: "new"; readonly key: string }
  | { readonly type: "said"; readonly key: string; readonly said: Said; readonly isFirst: boolean }
  | {
      readonly type: "remark";
      readonly key: string;
      readonly text: string;
      readonly isWarning: boolean;
    };

/** Messages of one person within this time stand under one name. */
const togetherMsMax = 5 * 60_000;

/** Arranges entries in rows: a line before each day, one where the new begins, and one name over what a person said. */
export function timeline(
  entries: readonly Entry[],
  newSinceKey: string | undefined,
  nowMs: number,
): readonly Row[] {
  const rows: Row[] = [];
  let day = "";
  let above: Said | undefined;
  for (const entry of entries) {
    const entryDay = new Date(entry.timeMs).toDateString();
    if (entryDay !== day) {
      rows.push({ type: "day", key: `day ${entryDay}`, label: dayLabel(entry.timeMs, nowMs) });
      day = entryDay;
      above = undefined;
    }
    if (entry.key === newSinceKey) {
      rows.push({ type: "new", key: "new" });
      above = undefined;
    }
    if (entry.type === "remark") {
      const { key, text, isWarning } = entry;
      rows.push({ type: "remark", key, text, isWarning });
      above = undefined;
      continue;
    }
    const isFirst = above === undefined || !belongTogether(above, entry);
    rows.push({ type: "said", key: entry.key, said: entry, isFirst });
    above = entry;
  }
  return rows;
}

function belongTogether(above: Said, below: Said): boolean {
  return (
    above.sender === below.sender &&
    above.name === below.name &&
    below.timeMs - above.timeMs < togetherMsMax
  );
}

const days = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const times = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const moments = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

function dayLabel(timeMs: number, nowMs: number): string {
  const yesterday = new Date(nowMs);
  yesterday.setDate(yesterday.getDate() - 1);
  const day = new Date(timeMs).toDateString();
  if (day === new Date(nowMs).toDateString()) return "Today";
  if (day === yesterday.toDateString()) return "Yesterday";
  return days.format(timeMs);
}

/** The time of a message, to the minute. */
export function timeLabel(timeMs: number): string {
  return times.format(timeMs);
}

/** The time of a message, in full. */
export function momentLabel(timeMs: number): string {
  return moments.format(timeMs);
}
