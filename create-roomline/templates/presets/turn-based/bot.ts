import type { Client } from "roomline/client";
import { four } from "./contract.ts";
import { columns, dropped, lineOf, otherOf, type Color } from "./rules.ts";

const thinkingMs = 500;

/** A bot sits down at a table, and plays one game after the other. Returns when it is in. */
export async function play(client: Client) {
  const session = await client.join(four, { roomType: "four" });
  let isThinking = false;
  session.onState(() => {
    const mine = session.state.players.get(session.playerId);
    const game = session.state.game.get("game");
    if (mine === undefined || game === undefined || isThinking) return;
    if (game.winner !== "none" && !mine.wantsAgain) void session.send("again", {});
    if (game.winner !== "none" || game.turn !== mine.color) return;
    if (session.state.players.size < 2) return;
    isThinking = true;
    setTimeout(() => {
      isThinking = false;
      const column = bestColumn(game.cells, mine.color, Math.random);
      // The game may be over by now; the room knows.
      session.send("drop", { column }).catch(() => undefined);
    }, thinkingMs);
  });
  return session;
}

/** Wins if it can, keeps the other from winning if it must, and likes the middle otherwise. */
export function bestColumn(cells: string, color: Color, random: () => number): number {
  const open = Array.from({ length: columns }, (_, column) => column).filter(
    (column) => dropped(cells, column, color) !== undefined,
  );
  for (const one of [color, otherOf(color)]) {
    const winning = open.find((column) => lineOf(dropped(cells, column, one) ?? "", one));
    if (winning !== undefined) return winning;
  }
  const liking = (column: number) => Math.abs(column - 3) + random() * 3;
  return (
    open.map((column) => ({ column, by: liking(column) })).sort((a, b) => a.by - b.by)[0]?.column ??
    0
  );
}
