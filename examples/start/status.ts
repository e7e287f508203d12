import type { Server } from "roomline/server";
import type { Feed } from "./feed.ts";

/** What one status line is made from. */
interface Reading {
  readonly atMs: number;
  readonly messagesIn: number;
  readonly messagesOut: number;
  readonly tickSeconds: number;
  readonly ticks: number;
}

/** Prints a line about the server every `intervalMs`. Returns what stops it. */
export function startStatus(server: Server, feed: Feed, intervalMs: number): { stop(): void } {
  let before: Reading | undefined;
  const look = async (): Promise<void> => {
    const now = await read(server);
    if (before !== undefined)
      feed.about("status", feed.colors.dim(statusText(server, before, now)));
    before = now;
  };
  void look();
  const timer = setInterval(() => void look(), intervalMs);
  return { stop: () => clearInterval(timer) };
}

function statusText(server: Server, before: Reading, now: Reading): string {
  const { clients, sessions, rooms } = server.usage;
  const seconds = (now.atMs - before.atMs) / 1_000;
  const perSecond = (count: number) => Math.round(count / seconds);
  const tickMs = ((now.tickSeconds - before.tickSeconds) / (now.ticks - before.ticks || 1)) * 1_000;
  return [
    // Less the feed's own client, which looks on.
    `${clients - 1} players`,
    `${sessions} seats`,
    `${rooms} rooms`,
    `${perSecond(now.messagesIn - before.messagesIn)} messages/s in`,
    `${perSecond(now.messagesOut - before.messagesOut)} out`,
    `tick ${tickMs.toFixed(2)} ms`,
  ].join(", ");
}

/** Numbers that only ever grow. The time ticks take is in the metrics, as it is for Prometheus. */
async function read(server: Server): Promise<Reading> {
  const { messagesIn, messagesOut } = server.counters;
  const atMs = performance.now();
  const metrics = await server.metrics();
  const value = (name: string) =>
    Number(new RegExp(`^${name} (\\S+)$`, "m").exec(metrics)?.[1] ?? Number.NaN);
  return {
    atMs,
    messagesIn,
    messagesOut,
    tickSeconds: value("roomline_tick_duration_seconds_sum"),
    ticks: value("roomline_tick_duration_seconds_count"),
  };
}
