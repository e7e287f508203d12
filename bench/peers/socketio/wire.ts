import type { ArenaView } from "../player.ts";

/** Engine.IO and Socket.IO packet types, as they stand at the start of a message. */
export const packet = {
  open: "0",
  ping: "2",
  pong: "3",
  connect: "40",
  event: "42",
  ack: "43",
} as const;

/** How the events of our rooms begin. The name of a room follows, which begins with its seat: `SEAT-NUMBER`. */
export const stateStart = '42["state","';
export const saidStart = '42["said","';

type Row = readonly [x: number, y: number, hp: number, score: number, seq: number];

/** Asks to be let in; with a recovery id as the one who was here before. */
export function connectRequest(recoveryId: string, offset: string): string {
  if (recoveryId === "") return packet.connect;
  return `${packet.connect}${JSON.stringify({ pid: recoveryId, offset })}`;
}

/** The seat that an event is for, whose room's name begins at `at`. */
export function seatOf(message: Buffer, at: number): number {
  return Number(message.toString("latin1", at, message.indexOf("-", at)));
}

/** The name and the arguments of an event. */
export function argsOf(message: Buffer): readonly unknown[] {
  return JSON.parse(message.toString("utf8", packet.event.length)) as unknown[];
}

/** What a state shows. */
export function viewOf(message: Buffer, ownId: string): ArenaView {
  const rows = argsOf(message)[2] as Readonly<Record<string, Row>>;
  const all = Object.values(rows);
  let sumX = 0;
  for (const [x] of all) sumX += x;
  return { ownSeq: rows[ownId]?.[4] ?? 0, rows: all.length, sumX };
}
