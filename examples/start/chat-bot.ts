import type { Session } from "roomline/client";
import { chat } from "../chat/contract.ts";
import { connectBot, type Bot } from "./bot.ts";

/** Somebody who talks in several rooms over one connection. */
export interface ChatBot extends Bot {
  readonly rooms: ReadonlyMap<string, Session<typeof chat>>;
  /** Types for a moment, then says it. */
  say(room: string, text: string): void;
  stop(): void;
}

const typingMs = 900;

/** Starts a bot that sits in these rooms and says what it is told to. */
export async function startChatBot(
  address: string,
  name: string,
  roomIds: readonly string[],
): Promise<ChatBot> {
  const bot = await connectBot(address, name);
  const rooms = new Map<string, Session<typeof chat>>();
  const typing = new Set<NodeJS.Timeout>();
  const said = new Map<string, number>();
  for (const roomId of roomIds) {
    const session = await bot.client.join(chat, { roomType: "chat", roomId });
    rooms.set(roomId, session);
    session.on("said", ({ n }, { sender, replayed }) => {
      if (n !== undefined) bot.ledger.note(`${roomId}/${sender}`, n, replayed);
    });
  }
  return {
    ...bot,
    rooms,
    say(roomId, text) {
      const session = rooms.get(roomId);
      if (session === undefined) return;
      void session.send("typing", {}, { ephemeral: true });
      const timer = setTimeout(() => {
        typing.delete(timer);
        const n = (said.get(roomId) ?? 0) + 1;
        said.set(roomId, n);
        void session.send("say", { text, n });
      }, typingMs);
      typing.add(timer);
    },
    stop() {
      for (const timer of typing) clearTimeout(timer);
    },
  };
}
