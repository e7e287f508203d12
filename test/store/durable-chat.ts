import type { Session } from "../../client/index.ts";
import { defineContract, json, withReply } from "../../shared/contract/index.ts";
import { defineRoom } from "../../server/room/define-room.ts";

export const chatContract = defineContract({
  inputs: {
    say: json<string>(),
    ask: withReply(json<null>(), json<number>()),
    wait: withReply(json<null>(), json<string>()),
    end: json<null>(),
  },
  events: { said: json<string>() },
  state: { counts: json<{ n: number }>() },
});

/** A durable chat that counts what each has said, in its data and in a table. `trace`: who comes and goes. */
export function durableChat(trace: string[] = [], tickRateHz = 0) {
  return defineRoom(chatContract, {
    durability: "durable",
    portable: true,
    tickRateHz,
    hidden: { secrets: json<string>() },
    create: () => ({ all: 0, asked: 0 }),
    onJoin: (_, player) => void trace.push(`join ${player.id}`),
    onLeave: (_, player, { name }) => void trace.push(`leave ${player.id} ${name}`),
    onInput: {
      say(room, player, text) {
        room.data.all++;
        const { counts } = room.state;
        counts.set(player.id, { n: (counts.get(player.id)?.n ?? 0) + 1 });
        room.hidden.secrets.set(player.id, text);
        room.publish("said", `${text} ${room.data.all}`);
      },
      ask: (room) => ++room.data.asked,
      async wait(room) {
        room.data.asked++;
        await new Promise<void>((resolve) => void room.after(60_000, resolve));
        return "late";
      },
      end: (room) => room.close(),
    },
  });
}

/** What a session is told, in order. */
export function follow(session: Session<typeof chatContract>): string[] {
  const heard: string[] = [];
  session.on("said", (text) => heard.push(text));
  session.onGap(() => heard.push("gap"));
  session.onRejoin(() => heard.push("rejoined"));
  session.onClose(({ reason }) => heard.push(`closed ${reason.name}`));
  return heard;
}

/** Where everybody is. */
export const lobby = { roomType: "chat", roomId: "lobby" } as const;
