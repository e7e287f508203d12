import type { ChatBot } from "./chat-bot.ts";
import { greetings, replies, smallTalk } from "./small-talk.ts";

/** Lets the bots of the chat rooms talk: among themselves, and to people. */
export interface Conversation {
  /** A person came into a room. */
  greet(room: string, name: string): void;
  /** A person said something in a room. */
  answer(room: string, name: string): void;
  stop(): void;
}

const pauseMs = 2_600;
const answerPauseMs = 3_000;

/** Starts the talk: a line every few seconds, in one room after the other. */
export function startConversation(bots: readonly ChatBot[]): Conversation {
  const rooms = [...new Set(bots.flatMap((bot) => [...bot.rooms.keys()]))];
  const turns = new Map<string, number>();
  const answeredMs = new Map<string, number>();
  const speakers = (room: string) =>
    bots.filter((bot) => bot.rooms.has(room) && bot.client.state === "live");
  /** The next of these, for this purpose. */
  const next = <T>(items: readonly T[], purpose: string): T | undefined => {
    const turn = turns.get(purpose) ?? 0;
    turns.set(purpose, turn + 1);
    return items[turn % items.length];
  };
  const say = (room: string, text: string | undefined): void => {
    if (text !== undefined) next(speakers(room), `speaker ${room}`)?.say(room, text);
  };
  /** Bots are polite, not chatty: with a crowd in the room they answer now and then. */
  const mayAnswer = (room: string): boolean => {
    const nowMs = performance.now();
    if (nowMs - (answeredMs.get(room) ?? -Infinity) < answerPauseMs) return false;
    answeredMs.set(room, nowMs);
    return true;
  };
  const timer = setInterval(() => {
    const room = next(rooms, "room");
    if (room !== undefined) say(room, next(smallTalk[room] ?? [], `talk ${room}`));
  }, pauseMs);
  return {
    greet(room, name) {
      if (mayAnswer(room))
        say(
          room,
          next(greetings, "greeting")?.replace("{name}", () => name),
        );
    },
    answer(room, name) {
      if (mayAnswer(room))
        say(
          room,
          next(replies, "reply")?.replace("{name}", () => name),
        );
    },
    stop: () => clearInterval(timer),
  };
}
