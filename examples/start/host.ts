import { connect, type Client, type Session } from "roomline/client";
import type { arena } from "../arena/contract.ts";
import { chat } from "../chat/contract.ts";
import type { Conversation } from "./conversation.ts";
import { createCrowd } from "./crowd.ts";
import type { Feed } from "./feed.ts";

/** What the host of the demo reports to, and whom it knows. */
export interface HostParts {
  readonly feed: Feed;
  readonly conversation: Conversation;
  readonly isBot: (name: string) => boolean;
}

const hostName = "host";
const scoresIntervalMs = 7_000;

/** Reports from the chat rooms: a client like any other, with a seat in every room over one connection. */
export async function startHost(
  address: string,
  roomIds: readonly string[],
  parts: HostParts,
): Promise<Client> {
  const client = await connect(address, { clientId: hostName });
  for (const roomId of roomIds) {
    report(await client.join(chat, { roomType: "chat", roomId }), parts);
  }
  return client;
}

function report(session: Session<typeof chat>, { feed, conversation, isBot }: HostParts): void {
  const { roomId } = session;
  const crowd = createCrowd(roomId, feed);
  const isPerson = (name: string) => name !== hostName && !isBot(name);
  session.on("said", ({ name, text }, { sender, replayed }) => {
    if (replayed) return;
    crowd.said(name, text);
    if (isPerson(sender)) conversation.answer(roomId, name);
  });
  session.on("joined", ({ name }, { replayed }) => {
    if (replayed || !isPerson(name)) return;
    crowd.came(name);
    conversation.greet(roomId, name);
  });
  session.on("left", ({ name }) => crowd.left(name));
}

/** Reports from the arena through one of its players: who comes and goes, and who leads. */
export function reportArena(
  session: Session<typeof arena>,
  { feed, isBot }: Pick<HostParts, "feed" | "isBot">,
): { stop(): void } {
  const { players } = session.state;
  const { bold, dim } = feed.colors;
  const crowd = createCrowd(session.roomId, feed);
  players.onAdd(({ name }) => {
    if (!isBot(name)) crowd.came(name);
  });
  players.onRemove(({ name, score }) => crowd.left(`${name} (${score} points)`));
  const timer = setInterval(() => {
    const best = [...players.values()].sort((a, b) => b.score - a.score).slice(0, 3);
    const scores = best.map(({ name, score }) => `${bold(name)} ${score}`);
    feed.about("arena", `${scores.join(", ")} ${dim("points")}`);
  }, scoresIntervalMs);
  return { stop: () => clearInterval(timer) };
}
