import type { Clock } from "../../shared/clock.ts";
import type { RoomTypeConfig } from "../room/config.ts";
import { SleepingRoom, type SleepingFacts } from "../rooms/sleeping-room.ts";
import type { AsleepRoom } from "./room-store.ts";

/** What a store keeps of a room that sleeps, so that it need not be read at a start. */
interface Told {
  /** Grows when an older server would misread it. */
  readonly version: number;
  readonly facts: SleepingFacts;
  /** When something is due in it, in milliseconds since the Unix epoch. Default: nothing is. */
  readonly dueAtMs?: number | undefined;
}

const version = 1;

/** What is kept of a sleeping room, as text. */
export function tellAsleep(room: SleepingRoom, clock: Pick<Clock, "now" | "wallNow">): string {
  const { facts, dueMs } = room;
  const dueAtMs = dueMs === undefined ? undefined : clock.wallNow() + dueMs - clock.now();
  return JSON.stringify({ version, facts, dueAtMs } satisfies Told);
}

/** A room that was asleep when its server ended; undefined: it is to be read, for it has seats, or this does not say enough of it. */
export function readAsleep(
  { roomId, roomType, savedAtMs, told, mayLackTail = false }: AsleepRoom,
  config: RoomTypeConfig,
  clock: Pick<Clock, "now" | "wallNow">,
): SleepingRoom | undefined {
  const read = parsed(told);
  if (read === undefined) return undefined;
  const { facts, dueAtMs } = read;
  const { standing } = facts;
  const isIt = standing.roomId === roomId && standing.roomType === roomType;
  if (!isIt || standing.players > 0) return undefined;
  const nowMs = clock.now();
  const wallMs = clock.wallNow();
  return new SleepingRoom({
    facts: { ...facts, standing: { ...standing, asleep: true } },
    ...{ config, mayLackTail },
    // Its times go on by the time of day, for nobody knows when the server of before ended.
    sinceMs: nowMs - Math.max(0, wallMs - savedAtMs),
    dueMs: dueAtMs === undefined ? undefined : nowMs + Math.max(0, dueAtMs - wallMs),
  });
}

function parsed(text: string): Told | undefined {
  try {
    const read = JSON.parse(text) as Partial<Told> | null;
    return read?.version === version && isWhole(read.facts) ? (read as Told) : undefined;
  } catch {
    return undefined;
  }
}

function isWhole(facts: Partial<SleepingFacts> | undefined): boolean {
  const { standing, metadataJson, matchKey } = facts ?? {};
  return (
    typeof standing?.players === "number" &&
    typeof standing.createdAtMs === "number" &&
    typeof metadataJson === "string" &&
    typeof matchKey === "string"
  );
}
