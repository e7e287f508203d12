import type { Session } from "roomline/client";
import type { ArenaBot } from "./arena-bot.ts";
import type { Bot } from "./bot.ts";
import type { ChatBot } from "./chat-bot.ts";
import type { Feed } from "./feed.ts";
import type { LedgerPage } from "./ledger.ts";

/** Cuts the connection of one bot after the other, and shows in numbers that it came back and missed nothing. */
export interface CutDrills {
  /** How often a connection was cut, and what went missing or came twice over all of them. */
  readonly totals: { readonly cuts: number; readonly missed: number; readonly doubled: number };
  stop(): void;
}

const firstAfterMs = 6_000;
const intervalMs = 20_000;
/** How long the network is gone. */
const offlineMs = { arena: 3_000, chat: 6_000 };
/** For the inputs that were made meanwhile to be applied and seen. */
const settleMs = 500;

/** Starts the drills: an arena bot and a chat bot in turn. */
export function startCutDrills(
  crew: { readonly arena: readonly ArenaBot[]; readonly chat: readonly ChatBot[] },
  feed: Feed,
): CutDrills {
  const totals = { cuts: 0, missed: 0, doubled: 0 };
  const drill = async (): Promise<void> => {
    const turn = totals.cuts++;
    // Some bots report what they see, so those of the arena leave out the first.
    const ship = crew.arena[1 + (Math.floor(turn / 2) % (crew.arena.length - 1))];
    const talker = crew.chat[Math.floor(turn / 2) % crew.chat.length];
    const page =
      turn % 2 === 0 && ship !== undefined
        ? await cutShip(ship, feed)
        : talker && (await cutTalker(talker, feed));
    totals.missed += page?.missed ?? 0;
    totals.doubled += page?.doubled ?? 0;
  };
  let timer = setTimeout(function again() {
    void drill();
    timer = setTimeout(again, intervalMs);
  }, firstAfterMs);
  return { totals, stop: () => clearTimeout(timer) };
}

async function cutShip(bot: ArenaBot, feed: Feed): Promise<LedgerPage> {
  const { name } = bot;
  feed.about(
    "network",
    `Cut on purpose: the connection of ${name}. The arena goes on and keeps its seat.`,
  );
  const before = bot.steers().newest;
  const { awayMs, page } = await cut(bot, [bot.session], offlineMs.arena);
  const { applied, newest } = bot.steers();
  const steers = newest - before;
  feed.about(
    "network",
    `${name} is back after ${seconds(awayMs)} s: ${account(page, "event")}.`,
    applied === newest
      ? `It steered ${steers} times meanwhile: each was applied, and applied once.`
      : `Of ${newest} steers ${applied} were applied.`,
  );
  return page;
}

async function cutTalker(bot: ChatBot, feed: Feed): Promise<LedgerPage> {
  const { name, rooms } = bot;
  const names = [...rooms.keys()].join(" and ");
  feed.about("network", `Cut on purpose: the connection of ${name}, who is in ${names}.`);
  const { awayMs, page } = await cut(bot, [...rooms.values()], offlineMs.chat);
  feed.about(
    "network",
    `${name} is back in ${rooms.size} rooms after ${seconds(awayMs)} s, with a single round trip:`,
    `${account(page, "message")}.`,
  );
  return page;
}

/** Cuts a bot off and resolves when all of its sessions have caught up. */
async function cut(
  bot: Bot,
  sessions: readonly Pick<Session, "onBacklogEnd" | "status">[],
  forMs: number,
): Promise<{ readonly awayMs: number; readonly page: LedgerPage }> {
  bot.ledger.take();
  const sinceMs = performance.now();
  const caughtUp = sessions.map(
    (session) =>
      new Promise<void>((resolve) => {
        const unsubscribe = session.onBacklogEnd(() => {
          // A late callback is first told of the last end there was, and then there is no connection any more.
          if (session.status === "detached") return;
          unsubscribe();
          resolve();
        });
      }),
  );
  bot.network.cut(forMs);
  await Promise.all(caughtUp);
  const awayMs = performance.now() - sinceMs;
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  return { awayMs, page: bot.ledger.take() };
}

function account({ replayed, missed, doubled }: LedgerPage, thing: string): string {
  return `${replayed} ${thing}${replayed === 1 ? "" : "s"} replayed, ${missed} missed, ${doubled} doubled`;
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}
