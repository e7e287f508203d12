import type { Client } from "roomline/client";
import { chat } from "./contract.ts";

/** A bot takes a seat, greets who comes, and answers who speaks of it. Returns when it is in. */
export async function play(client: Client) {
  const session = await client.join(chat, { roomType: "chat", roomId: "lobby" });
  const me = session.playerId;
  session.on("joined", ({ name }, { replayed }) => {
    if (!replayed && !isBot(name)) void session.send("say", { text: `Hello, ${name}!` });
  });
  session.on("said", ({ by, text }, { replayed }) => {
    if (replayed || isBot(by) || !text.toLowerCase().includes(me.toLowerCase())) return;
    void session.send("say", { text: `${by}, did somebody call me?` });
  });
  return session;
}

const isBot = (name: string): boolean => /^(Bot|Load) \d+$/.test(name);
