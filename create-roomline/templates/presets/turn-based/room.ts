import { defineRoom, RoomlineError, type Room } from "roomline/server";
import { four } from "./contract.ts";
import { dropped, emptyBoard, isFull, lineOf, otherOf, type Color } from "./rules.ts";

type Table = Room<typeof four>;

/** How long a player may think. */
const turnSeconds = 30;
/** How long a player who has left, as by reloading the page, has to be back. */
const awayMs = 20_000;

/** Four in a row for two: it runs when somebody does something, and once a second for the clock. */
export const fourRoom = defineRoom(four, {
  maxPlayers: 2,
  portable: true, // its rooms can go on in another process: what they know is in tables and alarms

  create(room) {
    room.state.game.set("game", newGame("red"));
    room.alarm("second", 1_000);
  },

  onAlarm: {
    second(room) {
      room.alarm("second", 1_000);
      countDown(room);
    },
    away(room, id: string) {
      const left = room.state.players.get(id);
      if (left === undefined || room.players.has(id)) return;
      if (room.state.players.size === 2) {
        end(room, otherOf(left.color), `${id} has left`);
        room.locked = true; // who is looking for a game is not sent to one that is over
      }
      room.state.players.delete(id);
    },
  },

  onJoin(room, player) {
    const known = room.state.players.get(player.id);
    if (known !== undefined) known.isOnline = true;
    else if (room.state.players.size === 2)
      throw new RoomlineError("refused", "This table waits for somebody else.");
    else {
      const [taken] = [...room.state.players.values()].map(({ color }) => color);
      const color: Color = taken === "red" ? "blue" : "red";
      room.state.players.set(player.id, { color, isOnline: true, wantsAgain: false });
    }
  },

  onDrop: (room, player) => setOnline(room, player.id, false),
  onResume: (room, player) => setOnline(room, player.id, true),

  onLeave(room, player) {
    setOnline(room, player.id, false);
    room.alarm("away", awayMs, player.id);
  },

  onInput: {
    drop(room, player, { column }) {
      const [game, mine] = [room.state.game.get("game"), room.state.players.get(player.id)];
      if (game === undefined || mine === undefined || game.winner !== "none")
        throw refusal("over", "The game is over.");
      if (room.state.players.size < 2) throw refusal("alone", "Nobody is here to play with yet.");
      if (game.turn !== mine.color) throw refusal("not-your-turn", "It is not your turn.");
      const cells = dropped(game.cells, column, mine.color);
      if (cells === undefined) throw refusal("full", "That column is full.");
      Object.assign(game, { cells, turn: otherOf(mine.color), secondsLeft: turnSeconds });
      const line = lineOf(cells, mine.color);
      if (line !== undefined) {
        game.line = [...line];
        end(room, mine.color, "four in a row");
      } else if (isFull(cells)) end(room, "draw", "the board is full");
    },

    again(room, player) {
      const [game, mine] = [room.state.game.get("game"), room.state.players.get(player.id)];
      if (game === undefined || mine === undefined || game.winner === "none") return;
      mine.wantsAgain = true;
      const both = [...room.state.players.values()];
      if (both.length < 2 || both.some(({ wantsAgain }) => !wantsAgain)) return;
      // Who has lost begins.
      room.state.game.set("game", newGame(game.winner === "red" ? "blue" : "red"));
      for (const one of both) one.wantsAgain = false;
    },
  },
});

function newGame(turn: Color) {
  return { cells: emptyBoard, turn, winner: "none" as const, line: [], secondsLeft: turnSeconds };
}

/** The player is told the reason and the words, and nothing has happened. */
function refusal(reason: string, message: string): RoomlineError {
  return new RoomlineError("refused", message, { reason });
}

function setOnline(room: Table, id: string, isOnline: boolean): void {
  const row = room.state.players.get(id);
  if (row !== undefined) row.isOnline = isOnline;
}

function countDown(room: Table): void {
  const game = room.state.game.get("game");
  if (game === undefined || game.winner !== "none" || room.state.players.size < 2) return;
  if (--game.secondsLeft <= 0) end(room, otherOf(game.turn), "time is up");
}

function end(room: Table, winner: Color | "draw", why: string): void {
  const game = room.state.game.get("game");
  if (game === undefined || game.winner !== "none") return;
  game.winner = winner;
  room.publish("ended", { winner, why });
}

/** The rooms of the server, by the name of their type. */
export const rooms = { four: fourRoom };
