import type { RowOf } from "roomline/contract";
import type { four } from "../contract.ts";
import { columns, emptyBoard, type Color } from "../rules.ts";

type Tables = (typeof four)["state"];
type Game = Readonly<RowOf<Tables["game"]>>;
type Players = Iterable<readonly [id: string, player: Readonly<RowOf<Tables["players"]>>]>;

/** What there is to see of a table, however it is drawn. */
export interface View {
  /** Row by row from above. */
  readonly cells: readonly {
    readonly column: number;
    readonly className: string;
    readonly isOpen: boolean;
  }[];
  readonly seats: Readonly<Record<Color, { readonly name: string; readonly className: string }>>;
  readonly message: string;
  /** How the game has ended; empty while it goes on. */
  readonly why: string;
  readonly isOver: boolean;
  /** Whether the other is still there to play again with. */
  readonly hasOther: boolean;
  readonly wantsAgain: boolean;
}

/** What the player `me` sees. Before there is a game: an empty board. */
export function viewOf(game: Game | undefined, players: Players, me: string | undefined): View {
  const all = [...players];
  const mine = all.find(([id]) => id === me)?.[1];
  const other = all.find(([id]) => id !== me);
  const isOver = game !== undefined && game.winner !== "none";
  const isGoing = game !== undefined && !isOver && mine !== undefined && other !== undefined;
  const isMyTurn = isGoing && game.turn === mine.color;
  const seatOf = (color: Color) => {
    const [name, player] = all.find(([, { color: own }]) => own === color) ?? [];
    const turn = isGoing && game.turn === color ? "turn" : "";
    const away = player?.isOnline === false ? "away" : "";
    return { name: name ?? "…", className: `card ${turn} ${away}` };
  };
  const cells = Array.from(game?.cells ?? emptyBoard, (cell, index) => ({
    column: index % columns,
    className: `${colors[cell] ?? ""} ${game?.line.includes(index) === true ? "wins" : ""}`,
    isOpen: isMyTurn && game.cells[index % columns] === ".",
  }));
  return {
    cells,
    seats: { red: seatOf("red"), blue: seatOf("blue") },
    message: messageOf(),
    why: isOver ? `${game.why}.` : "",
    isOver,
    hasOther: other !== undefined,
    wantsAgain: mine?.wantsAgain ?? false,
  };

  function messageOf(): string {
    if (game === undefined || mine === undefined) return "";
    if (game.winner === "draw") return "A draw.";
    if (isOver) return game.winner === mine.color ? "You have won!" : "You have lost.";
    if (other === undefined) return "Waiting for somebody to play with. Open a second tab.";
    const [name, { isOnline }] = other;
    if (!isOnline) return `${name} is gone, and may come back.`;
    return isMyTurn ? `Your turn: ${game.secondsLeft} s` : `${name} thinks: ${game.secondsLeft} s`;
  }
}

const colors: Readonly<Record<string, Color>> = { r: "red", b: "blue" };
