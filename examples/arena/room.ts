import { defineRoom } from "roomline/server";
import { nameOf, seatsOf } from "../options.ts";
import { arena } from "./contract.ts";
import { coinCount, moved, somewhere, ticksHz, touches } from "./field.ts";

/** A game of collecting coins: 30 steps a second, 20 updates a second, everything authoritative. */
export const arenaRoom = defineRoom(arena, {
  tickRateHz: ticksHz,
  updateRateHz: 20,
  maxPlayers: 50,
  portable: true,

  create(room, options) {
    room.maxPlayers = seatsOf(options, { default: 50, max: 200 });
    room.state.match.set("match", { eventsPublished: 0, round: 1 });
    for (let index = 0; index < coinCount; index++) {
      room.state.coins.set(`coin-${index}`, { ...somewhere(room.random), value: 1 + (index % 3) });
    }
    /** Where each ship is headed. */
    return { headings: new Map<string, { dx: number; dy: number }>() };
  },

  nameOf: (room, player) => room.state.players.get(player.id)?.name ?? "",

  onJoin(room, player, options) {
    const name = nameOf(options) ?? player.id;
    room.state.players.set(player.id, { ...somewhere(room.random), hp: 100, name });
  },

  onDrop(room, player) {
    room.data.headings.delete(player.id);
  },

  onLeave(room, player) {
    room.data.headings.delete(player.id);
    room.state.players.delete(player.id);
  },

  onInput: {
    steer(room, player, { dx, dy, clientSeq }) {
      const ship = room.state.players.get(player.id);
      if (ship === undefined) return;
      room.data.headings.set(player.id, { dx, dy });
      ship.lastClientSeq = clientSeq;
      ship.inputsApplied++;
    },
  },

  onTick(room, { deltaMs }) {
    for (const [id, direction] of room.data.headings) {
      const ship = room.state.players.get(id);
      if (ship === undefined) continue;
      const { x, y } = moved(ship, direction, deltaMs);
      ship.x = x;
      ship.y = y;
      if (direction.dx !== 0 || direction.dy !== 0)
        ship.heading = Math.atan2(direction.dy, direction.dx);
    }
    for (const coin of room.state.coins.values()) {
      for (const [id, ship] of room.state.players) {
        if (!touches(ship, coin)) continue;
        ship.score += coin.value;
        const match = room.state.match.get("match");
        const number = match === undefined ? 0 : ++match.eventsPublished;
        room.publish("scored", { number, player: id, value: coin.value, score: ship.score });
        Object.assign(coin, somewhere(room.random));
        break;
      }
    }
  },
});
