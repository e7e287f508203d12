import type { RoomImage } from "../../../shared/gen/roomline/room/v1/image_pb.ts";

/**
 * Has so much time pass in a room that was put down: alarms, seats that are kept and rows that go by themselves are due that much earlier,
 * and entries of its log are that much older. Alarms that are overdue come in the order in which they were due. `keepsSeats`: seats are
 * kept for as long as before. Default false.
 */
export function passTime(image: RoomImage, byMs: number, { keepsSeats = false } = {}): void {
  const { alarms, expiring, feed, host, pace, seats } = image;
  for (const alarm of alarms) alarm.leftMs -= byMs;
  alarms.sort((a, b) => Math.min(0, a.leftMs) - Math.min(0, b.leftMs));
  for (const rows of expiring) rows.leftMs = rows.leftMs.map((leftMs) => leftMs - byMs);
  for (const { parked } of keepsSeats ? [] : (seats?.seats ?? []))
    if (parked !== undefined) parked.leftMs -= byMs;
  if (feed !== undefined) feed.agesMs = feed.agesMs.map((ageMs) => ageMs + byMs);
  if (host?.emptyLeftMs !== undefined) host.emptyLeftMs = Math.max(0, host.emptyLeftMs - byMs);
  if (pace !== undefined) pace.nextLeftMs -= byMs;
}

/**
 * How long until something is due in a room that was put down, for which it has to be there: an alarm, the end of a seat that is kept, its
 * end for being empty. Undefined: nothing is. Rows that go by themselves go when somebody could see them.
 */
export function dueInMs({ alarms, host, seats }: RoomImage): number | undefined {
  let nextMs = host?.emptyLeftMs ?? Infinity;
  for (const { leftMs } of alarms) nextMs = Math.min(nextMs, leftMs);
  for (const { parked } of seats?.seats ?? [])
    nextMs = Math.min(nextMs, parked?.leftMs ?? Infinity);
  return nextMs === Infinity ? undefined : nextMs;
}
