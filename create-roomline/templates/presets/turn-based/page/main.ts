import type { Client, Session } from "roomline/client";
import { four } from "../contract.ts";
import { columns, rows } from "../rules.ts";
import { connectPage, myName } from "./connection.ts";
import { element } from "./element.ts";

const board = element("board", HTMLElement);
const message = element("message", HTMLElement);
const again = element("again", HTMLButtonElement);
const another = element("another", HTMLButtonElement);
element("me", HTMLElement).textContent = myName;

const cells = Array.from({ length: columns * rows }, (_, index) => {
  const cell = document.createElement("button");
  cell.setAttribute("aria-label", `Column ${(index % columns) + 1}`);
  cell.addEventListener("click", () => void drop(index % columns));
  board.append(cell);
  return cell;
});

const client = await connectPage();
let session = await sitDown(client, sessionStorage.getItem("table"));
listen(session);

/** The table of before a reload, if it still waits; else one where somebody is waiting, or a new one. */
async function sitDown(
  client: Client,
  before: string | null = null,
): Promise<Session<typeof four>> {
  const table = { roomType: "four" } as const;
  const known = before === null ? undefined : client.join(four, { roomId: before });
  const session = await (known ?? client.join(four, table))
    .catch(() => client.join(four, table))
    .catch(() => client.join(four, { ...table, mode: "create" }));
  sessionStorage.setItem("table", session.roomId);
  return session;
}

function listen(from: Session<typeof four>): void {
  from.onState(show);
  from.on("ended", ({ why }) => {
    element("why", HTMLElement).textContent = `${why}.`;
  });
}

async function drop(column: number): Promise<void> {
  try {
    await session.send("drop", { column });
  } catch (error) {
    message.textContent = error instanceof Error ? error.message : String(error);
  }
}

again.addEventListener("click", () => void session.send("again", {}));
another.addEventListener("click", () => void moveOn());

async function moveOn(): Promise<void> {
  await session.leave();
  session = await sitDown(client);
  listen(session);
}

function show(): void {
  const game = session.state.game.get("game");
  const players = [...session.state.players];
  const mine = session.state.players.get(session.playerId);
  const [other] = players.filter(([id]) => id !== session.playerId);
  if (game === undefined || mine === undefined) return;
  const isOver = game.winner !== "none";
  const isMine = !isOver && other !== undefined && game.turn === mine.color;
  for (const [index, cell] of cells.entries()) {
    cell.className = { r: "red", b: "blue" }[game.cells[index] ?? ""] ?? "";
    cell.classList.toggle("wins", game.line.includes(index));
    cell.disabled = !isMine;
  }
  board.dataset["color"] = mine.color;
  for (const color of ["red", "blue"] as const) {
    const [name, row] = players.find(([, player]) => player.color === color) ?? [];
    const seat = element(color, HTMLElement);
    seat.textContent = name ?? "…";
    seat.classList.toggle("turn", !isOver && other !== undefined && game.turn === color);
    seat.classList.toggle("away", row?.isOnline === false);
  }
  if (!isOver) element("why", HTMLElement).textContent = "";
  message.textContent = messageOf();
  again.hidden = !isOver || other === undefined;
  again.disabled = mine.wantsAgain;
  another.hidden = !isOver;

  function messageOf(): string {
    if (game?.winner === "draw") return "A draw.";
    if (isOver) return game?.winner === mine?.color ? "You have won!" : "You have lost.";
    if (other === undefined) return "Waiting for somebody to play with. Open a second tab.";
    if (!other[1].isOnline) return `${other[0]} is gone, and may come back.`;
    return isMine
      ? `Your turn: ${game?.secondsLeft} s`
      : `${other[0]} thinks: ${game?.secondsLeft} s`;
  }
}
