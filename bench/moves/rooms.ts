// The arena of the examples, which notes how long it has not ticked: a line for each room that has come from elsewhere, and for each tick that was late.
import { appendFileSync } from "node:fs";
import { arenaRoom } from "../../examples/arena/room.ts";
import { timeOfDay } from "../../shared/clock.ts";
import { lateMs, type NotedGap } from "./noted-gap.ts";

const { definition } = arenaRoom;
/** Undefined: the parent process, which has no rooms. */
const file = process.env["MOVES_FILE"];

/** What is beside the game's own data, and goes where the room goes. */
interface Noting {
  lastMs?: number;
  term?: number;
}

/** Notes when it ticks, and then does what the game does. */
const noting: typeof definition = {
  ...definition,
  tickRateHz: 20,
  updateRateHz: 20,
  onTick(room, step) {
    const noted = room.data as Noting;
    const nowMs = timeOfDay();
    const { lastMs = nowMs, term = room.term } = noted;
    const gap: NotedGap = { gapMs: nowMs - lastMs, moved: term !== room.term };
    if (file !== undefined && (gap.moved || gap.gapMs > lateMs))
      appendFileSync(file, `${JSON.stringify(gap)}\n`);
    noted.lastMs = nowMs;
    noted.term = room.term;
    return definition.onTick?.(room, step);
  },
};

export const rooms = { arena: { ...arenaRoom, definition: noting } };
