import { startArenaBot, type ArenaBot } from "./arena-bot.ts";
import { startChatBot, type ChatBot } from "./chat-bot.ts";

const shipNames = ["comet", "wren", "pixel", "nimbus", "ember", "quill", "tango", "sable"];

const talkers: readonly (readonly [name: string, ...rooms: string[]])[] = [
  ["iris", "lobby", "games"],
  ["otto", "lobby", "music"],
  ["juno", "games", "music"],
  ["milo", "lobby", "games"],
];

/** All bots of the demo. */
export interface Crew {
  readonly arena: readonly ArenaBot[];
  readonly chat: readonly ChatBot[];
  readonly chatRooms: readonly string[];
  has(name: string): boolean;
  /** Resolves when all have left. */
  stop(): Promise<void>;
}

/** Starts eight ships and four talkers, each with a connection of its own. */
export async function startCrew(address: string): Promise<Crew> {
  const [arena, chat] = await Promise.all([
    Promise.all(shipNames.map((name) => startArenaBot(address, name))),
    Promise.all(talkers.map(([name, ...rooms]) => startChatBot(address, name, rooms))),
  ]);
  const bots = [...arena, ...chat];
  const names = new Set(bots.map(({ name }) => name));
  return {
    arena,
    chat,
    chatRooms: [...new Set(talkers.flatMap(([, ...rooms]) => rooms))],
    has: (name) => names.has(name),
    async stop() {
      for (const bot of bots) bot.stop();
      await Promise.all(bots.map(({ client }) => client.close()));
    },
  };
}
