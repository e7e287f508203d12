import type { Client } from "roomline/client";
import { conversation } from "./contract.ts";

const pauseMs = 1_000;
const questions = ["Why is the sky blue?", "What is a room?", "How does it end?"];

/** A bot takes a seat, and asks when nobody does. Returns when it is in. */
export async function play(client: Client) {
  const session = await client.join(conversation, { roomType: "conversation" });
  let asked = 0;
  const timer = setInterval(() => {
    if (session.status !== "active") return;
    if ([...session.state.answers.values()].some(({ status }) => status === "running")) return;
    const question = questions[asked++ % questions.length] ?? "";
    // Somebody else may have been quicker.
    session.send("ask", { question }).catch(() => undefined);
  }, pauseMs);
  session.onClose(() => clearInterval(timer));
  return session;
}
