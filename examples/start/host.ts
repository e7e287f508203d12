import { connect, type Client, type Session } from "roomline/client";
import type { arena } from "../arena/contract.ts";
import { chat } from "../chat/contract.ts";
import type { Conversation } from "./conversation.ts";
import type { Feed } from "./feed.ts";

/** What the host of the demo reports to, and whom it knows. */
export interface HostParts {
  readonly feed: Feed;
  readonly conversation: Conversation;
  readonly isBot: (name: string) => boolean;
}

const hostName = "host";

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
  const dim = feed.colors.dim;
  const isPerson = (name: string) => name !== hostName && !isBot(name);
  session.on("said", ({ name, text }, { sender, replayed }) => {
    if (replayed) return;
    feed.chat(roomId, name, text);
    if (isPerson(sender)) conversation.answer(roomId, name);
  });
  session.on("joined", ({ name }, { replayed }) => {
    if (replayed || !isPerson(name)) return;
    feed.about(roomId, dim(`${name} came in`));
    conversation.greet(roomId, name);
  });
  session.on("left", ({ name }) => feed.about(roomId, dim(`${name} left`)));
}

/** Reports from the arena through one of its players: who comes and goes, and who leads. */
export function reportArena(
  session: Session<typeof arena>,
  { feed, isBot }: Pick<HostParts, "feed" | "isBot">,
): { stop(): void } {
  const { players } = session.state;
  const dim = feed.colors.dim;
  players.onAdd(({ name }) => {
    if (!isBot(name)) feed.about("arena", dim(`${name} came in`));
  });
  players.onRemove(({ name, score }) =>
    feed.about("arena", dim(`${name} left with ${score} points`)),
  );
  const timer = setInterval(() => {
    const best = [...players.values()].sort((a, b) => b.score - a.score).slice(0, 3);
    const scores = best.map(({ name, score }) => `${feed.colors.bold(name)} ${score}`);
    feed.about("arena", `${scores.join(", ")} ${dim("points")}`);
  }, 7_000);
  return { stop: () => clearInterval(timer) };
}
