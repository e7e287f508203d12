import { defineContract, json } from "../../shared/contract/index.ts";
import { defineRoom } from "../../server/room/define-room.ts";

/** A game with a bit of all that a recording has to have: hidden tables, alarms, rows that go, presence, random numbers, time. */
export const dice = defineContract({
  inputs: {
    roll: json<{ sides: number }>(),
    point: json<{ x: number }>(),
    wait: json<{ ms: number }>(),
  },
  events: { rolled: json<{ who: string; value: number }>(), over: json<{ round: number }>() },
  state: {
    scores: json<{ points: number; atMs: number }>(),
    pointers: json<{ x: number }>(),
  },
  presence: json<{ mood: string }>(),
});

interface Options {
  /** Called at each tick or turn: what is not repeatable in it. */
  readonly quirk?: (tick: number) => number;
  /** Called at the end of each tick. */
  readonly onTick?: (room: {
    readonly tick: number;
    readonly state: {
      readonly scores: { get(id: string): { readonly points: number } | undefined };
    };
  }) => void;
  readonly tickRateHz?: number;
  /** What its private data is when it is picked up. */
  readonly load?: () => { rounds: number };
  readonly record?: boolean | { readonly bytesMax?: number; readonly ageMsMax?: number };
}

/** Rooms of that game. */
export function createDiceRoom({
  quirk,
  onTick,
  tickRateHz = 20,
  load,
  record = true,
}: Options = {}) {
  return defineRoom(dice, {
    record,
    portable: true,
    tickRateHz,
    hidden: { bets: json<{ sides: number; secret: number }>() },
    rowTtlMs: { pointers: 700 },
    ...(load !== undefined && { save: () => undefined, load }),
    create(room) {
      room.alarm("round", 1_500, { round: 1 });
      return { rounds: 0 };
    },
    onJoin(room, player) {
      room.state.scores.set(player.id, { points: 0, atMs: room.nowMs() });
    },
    onDrop: (room, player) => void room.publish("rolled", { who: `-${player.id}`, value: 0 }),
    onLeave(room, player) {
      room.state.scores.delete(player.id);
      room.hidden.bets.delete(player.id);
    },
    onInput: {
      roll(room, player, { sides }) {
        const value = 1 + Math.floor(room.random() * (sides + 1));
        room.hidden.bets.set(player.id, { sides, secret: room.random() });
        const score = room.state.scores.get(player.id);
        if (score !== undefined) score.points += value;
        room.publish("rolled", { who: player.id, value }, { from: player });
      },
      point: (room, player, { x }) => void room.state.pointers.set(player.id, { x }),
      // Goes on after promises that nothing outside of the room settles.
      async wait(room, player) {
        await Promise.resolve();
        await Promise.resolve();
        const score = room.state.scores.get(player.id);
        if (score !== undefined) score.atMs = room.nowMs();
      },
    },
    onTick(room) {
      const extra = quirk?.(room.tick) ?? 0;
      for (const [id, { points }] of room.state.scores)
        if (room.tick % 10 === 0)
          room.state.scores.set(id, { points: points + extra, atMs: room.nowMs() });
      onTick?.(room);
    },
    onAlarm: {
      round(room) {
        room.data.rounds++;
        room.publish("over", { round: room.data.rounds });
        room.alarm("round", 500 + room.random() * 1_000, { round: room.data.rounds + 1 });
      },
    },
  });
}
