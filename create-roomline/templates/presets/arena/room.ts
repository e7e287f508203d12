import { defineRoom } from "roomline/server";
import { arena } from "./contract.ts";
import { coinsCount, fieldSize, moved, stepsHz, touches, type Direction } from "./field.ts";

/** What a player still has to be given: steps that have come, and time to do them in. */
interface Course {
  readonly moves: (Direction & { readonly seq: number })[];
  steps: number;
}

/** A player whose network stutters may make up for this many steps; nobody is quicker than the clock. */
const stepsSavedMax = 6;
const movesMax = 2 * stepsHz;

/** Ships collect coins: 30 steps a second, 20 updates a second, and only the room decides. */
export const arenaRoom = defineRoom(arena, {
  tickRateHz: stepsHz,
  updateRateHz: 20,
  maxPlayers: 32,
  portable: true, // its rooms can go on in another process: what they know is in tables and plain data

  create(room) {
    for (let number = 1; number <= coinsCount; number++)
      room.state.coins.set(`coin ${number}`, somewhere(room.random));
    return { courses: new Map<string, Course>() };
  },

  onJoin(room, player) {
    room.state.ships.set(player.id, { ...somewhere(room.random), score: 0, seq: 0 });
    room.data.courses.set(player.id, { moves: [], steps: 0 });
  },

  onLeave(room, player) {
    room.state.ships.delete(player.id);
    room.data.courses.delete(player.id);
  },

  onInput: {
    move(room, player, move) {
      const course = room.data.courses.get(player.id);
      if (course !== undefined && course.moves.length < movesMax) course.moves.push(move);
    },
  },

  onTick(room) {
    for (const [id, course] of room.data.courses) {
      const ship = room.state.ships.get(id);
      if (ship === undefined) continue;
      course.steps = Math.min(course.steps + 1, stepsSavedMax);
      for (const move of course.moves.splice(0, course.steps)) {
        course.steps--;
        Object.assign(ship, moved(ship, move), { seq: move.seq });
      }
      for (const coin of room.state.coins.values()) {
        if (!touches(ship, coin)) continue;
        ship.score++;
        Object.assign(coin, somewhere(room.random));
        room.publish("scored", { by: id, score: ship.score });
      }
    }
  },
});

function somewhere(random: () => number) {
  return { x: Math.round(random() * fieldSize), y: Math.round(random() * fieldSize) };
}

/** The rooms of the server, by the name of their type. */
export const rooms = { arena: arenaRoom };
