import type { Player } from "./player.ts";

/** How often is looked, and how long nothing may come before the rooms count as being at rest. */
const lookMs = 50;
const restMs = 300;

/**
 * Sends the last inputs, then waits until all players are back, all that was sent has come, and nothing comes any more;
 * at most `withinMs`. Resolves to whether it came to that.
 */
export async function settle(players: readonly Player[], withinMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + withinMs;
  const nowMs = performance.now();
  for (const player of players) for (const seat of player.seats) seat.sendLast(nowMs);
  let delivered = -1;
  let restSinceMs = nowMs;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, lookMs));
    const lookedMs = performance.now();
    const newest = deliveredTo(players);
    if (newest !== delivered || !players.every(isSettled)) restSinceMs = lookedMs;
    delivered = newest;
    if (lookedMs - restSinceMs >= restMs) return true;
    if (lookedMs >= deadlineMs) return false;
  }
}

function isSettled(player: Player): boolean {
  return player.isActive && player.seatsHeld.every((seat) => seat.isSettled());
}

function deliveredTo(players: readonly Player[]): number {
  let delivered = 0;
  for (const { seats } of players) for (const seat of seats) delivered += seat.record.delivered;
  return delivered;
}
