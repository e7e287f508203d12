import type { Client } from "roomline/client";
import { arena } from "./contract.ts";
import { stepsHz, towards, type Place } from "./field.ts";

/** A bot takes a seat and flies to the nearest coin. Returns when it is in. */
export async function play(client: Client) {
  const session = await client.join(arena, { roomType: "arena" });
  let seq = 0;
  const timer = setInterval(() => {
    const ship = session.state.ships.get(session.playerId);
    // While the connection is lost there is nothing to see, and nothing to steer by.
    if (ship === undefined || session.status !== "active") return;
    const coin = nearest(ship, session.state.coins.values());
    if (coin !== undefined)
      void session.send("move", { ...towards(ship, coin), seq: ++seq }).catch(() => undefined);
  }, 1_000 / stepsHz);
  session.onClose(() => clearInterval(timer));
  return session;
}

function nearest(ship: Place, places: Iterable<Place>): Place | undefined {
  const distance = ({ x, y }: Place) => Math.hypot(x - ship.x, y - ship.y);
  return [...places].sort((a, b) => distance(a) - distance(b))[0];
}
