import type { TestContext } from "node:test";
import { createServer, type Server } from "roomline/server";
import { arenaRoom } from "../../examples/arena/room.ts";
import { startArenaBot } from "../../examples/start/arena-bot.ts";
import { tickerRoomId } from "../../examples/ticker/contract.ts";
import { tickerRoom } from "../../examples/ticker/room.ts";

/**
 * Starts what the pages of the arena and the ticker need, with a few ships, on a free port or a given one; all of it ends
 * with the test.
 */
export async function startGames(
  t: TestContext,
  ships: readonly string[] = [],
  port = 0,
): Promise<{ readonly server: Server; readonly origin: string }> {
  const server = await createServer({
    host: "127.0.0.1",
    port,
    rooms: { arena: arenaRoom, ticker: tickerRoom },
    staticDir: "examples/built",
  });
  t.after(() => server.close());
  await server.createRoom("ticker", { roomId: tickerRoomId });
  for (const name of ships) {
    const ship = await startArenaBot(server.address, name);
    t.after(async () => {
      ship.stop();
      await ship.client.close();
    });
  }
  return { server, origin: `http://${server.address}` };
}
