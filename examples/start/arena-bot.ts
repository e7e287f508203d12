import type { Session } from "roomline/client";
import { directionTo } from "../arena/bot-brain.ts";
import { arena } from "../arena/contract.ts";
import { connectBot, type Bot } from "./bot.ts";
import { createShipMood } from "./ship-mood.ts";

/** A ship that collects coins. */
export interface ArenaBot extends Bot {
  readonly session: Session<typeof arena>;
  /** How many of its steers the room has applied, and the number of the newest: the same, if each was applied once. */
  steers(): { readonly applied: number; readonly newest: number };
  stop(): void;
}

const steerIntervalMs = 100;

/** Starts a bot that plays in the arena until it is stopped. */
export async function startArenaBot(address: string, name: string): Promise<ArenaBot> {
  const bot = await connectBot(address, name);
  const session = await bot.client.join(arena, { roomType: "arena", roomId: "arena" });
  session.on("scored", ({ number }, { replayed }) => bot.ledger.note("scored", number, replayed));
  const mood = createShipMood(Math.random);
  let clientSeq = 0;
  // It steers by the clock and not by what it sees, so it goes on when its connection is cut: what it does then waits.
  const timer = setInterval(() => {
    const ship = session.state.players.get(session.playerId);
    if (ship === undefined) return;
    const goal = mood.goal(ship, session.state.coins.values());
    if (goal === undefined) return;
    const { dx, dy } = directionTo(ship, goal);
    void session.send("steer", { dx, dy, clientSeq: ++clientSeq });
  }, steerIntervalMs);
  return {
    ...bot,
    session,
    steers() {
      const ship = session.state.players.get(session.playerId);
      return { applied: ship?.inputsApplied ?? 0, newest: ship?.lastClientSeq ?? 0 };
    },
    stop: () => clearInterval(timer),
  };
}
