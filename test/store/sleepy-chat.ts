import type { Client } from "../../client/index.ts";
import { defineContract, json, withReply } from "../../shared/contract/index.ts";
import { defineRoom, type RoomType } from "../../server/room/define-room.ts";
import type { createStoredWorld } from "./stored-world.ts";

export const sleepyContract = defineContract({
  inputs: {
    say: json<string>(),
    ask: withReply(json<null>(), json<number>()),
    remind: json<{ ms: number; text: string }>(),
  },
  events: { said: json<string>() },
  state: { counts: json<{ n: number }>() },
});

interface SleepyOptions {
  readonly tickRateHz?: number;
  readonly sleepAfterMs?: number;
  readonly emptyDelayMs?: number;
  readonly resumeWindowMs?: number;
  readonly maxPlayers?: number;
}

/** A durable chat that sleeps after a second without anybody. `trace`: what its code is told. */
export function sleepyChat(trace: string[] = [], options: SleepyOptions = {}): RoomType {
  return defineRoom(sleepyContract, {
    ...{ durability: "durable", sleepAfterMs: 1_000, emptyDelayMs: Infinity },
    ...{ resumeWindowMs: 60_000, historyOnJoin: 100, watchable: true },
    ...options,
    create: () => ({ all: 0, asked: 0 }),
    save: (room) => room.data,
    load(_, saved: { all: number; asked: number }, why) {
      trace.push(`load ${why}`);
      return saved;
    },
    onJoin: (_, player) => void trace.push(`join ${player.id}`),
    onResume: (_, player) => void trace.push(`resume ${player.id}`),
    onLeave: (_, player, { name }) => void trace.push(`leave ${player.id} ${name}`),
    onClose: () => void trace.push("close"),
    onInput: {
      say(room, player, text) {
        const { counts } = room.state;
        counts.set(player.id, { n: (counts.get(player.id)?.n ?? 0) + 1 });
        room.publish("said", `${text} ${++room.data.all}`);
      },
      ask: (room) => ++room.data.asked,
      remind: (room, _, { ms, text }) => void room.alarm("ring", ms, text),
    },
    onAlarm: {
      ring(room, text: string) {
        trace.push(`alarm ${text}`);
        room.publish("said", `${text} ${++room.data.all}`);
      },
    },
  });
}

export const den = { roomType: "chat", roomId: "den" } as const;

/** A player with a line of its own, so that it can be away. */
export async function visitor(world: ReturnType<typeof createStoredWorld>, name: string) {
  const line = world.line();
  const client: Client = await world.settled(world.dial(name, line), 200);
  return {
    client,
    /** Goes away without a word, as a phone does. */
    goAway(): void {
      line.refusing = true;
      line.cut();
    },
    comeBack(): void {
      line.refusing = false;
    },
  };
}
