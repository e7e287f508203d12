import type { Session } from "../../client/index.ts";
import { defineRoom } from "../../server/room/define-room.ts";
import { defineContract, json } from "../../shared/contract/index.ts";

export const talkContract = defineContract({
  inputs: {
    say: json<string>(),
    /** Only these hear it. */
    tell: json<{ text: string; to: string[] }>(),
    end: json<null>(),
    kick: json<string>(),
  },
  events: { said: json<string>() },
  state: { counts: json<number>() },
});

/** A durable room whose log is much shorter than its history, if it has one. */
export function talkRoom({
  history = { keepMs: 86_400_000 },
  entriesMax = 5,
  historyOnJoin = 0,
  tickRateHz = 0,
}: {
  readonly history?: { readonly keepMs: number; readonly bytesMax?: number } | false;
  readonly entriesMax?: number;
  readonly historyOnJoin?: number;
  readonly tickRateHz?: number;
} = {}) {
  return defineRoom(talkContract, {
    durability: "durable",
    portable: true,
    emptyDelayMs: Infinity,
    watchable: true,
    ...{ tickRateHz, historyOnJoin, log: { entriesMax } },
    ...(history !== false && { history }),
    onInput: {
      say(room, player, text) {
        room.state.counts.set(player.id, (room.state.counts.get(player.id) ?? 0) + 1);
        room.publish("said", text);
      },
      tell(room, _, { text, to }) {
        room.publish("said", text, { to: to.flatMap((id) => room.players.get(id) ?? []) });
      },
      end: (room) => room.close(),
      kick(room, _, id) {
        const player = room.players.get(id);
        if (player !== undefined) room.kick(player);
      },
    },
  });
}

/** Where everybody is. */
export const talk = { roomType: "talk", roomId: "talk" } as const;

/** What a session was told, in order: events with their cursors, and all else by name. */
export function hear(session: Session<typeof talkContract>): string[] {
  const heard: string[] = [];
  session.on("said", (text, { cursor }) => heard.push(`${cursor} ${text}`));
  session.onGap(({ from, to, reason }) => heard.push(`gap ${from}..${to} ${reason}`));
  session.onBacklogEnd(({ cursor }) => heard.push(`end ${cursor}`));
  session.onRejoin(() => heard.push("rejoined"));
  session.onClose(({ reason }) => heard.push(`closed ${reason.name}`));
  return heard;
}

/** `from..to`, as they were said. */
export function numbers(from: number, to: number): string[] {
  return Array.from(
    { length: Math.max(0, to - from + 1) },
    (_, at) => `${from + at} n${from + at}`,
  );
}

/** Has a session say n1, n2 … one after the other, so many more each time. */
export function counting(session: Session<typeof talkContract>, settled: Settled) {
  let said = 0;
  return async (times: number): Promise<void> => {
    for (let at = 0; at < times; at++) await settled(session.send("say", `n${++said}`), 60);
  };
}

/** Waits for something on a virtual clock, so long. */
type Settled = (done: Promise<unknown>, withinMs: number) => Promise<unknown>;
