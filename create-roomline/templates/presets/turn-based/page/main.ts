import type { Session } from "roomline/client";
import { four } from "../contract.ts";
import { columns, rows } from "../rules.ts";
import { connectPage } from "./connection.ts";
import { element } from "./element.ts";
import { viewOf } from "./view.ts";

const board = element("board", HTMLElement);
const again = element("again", HTMLButtonElement);
const another = element("another", HTMLButtonElement);

const cells = Array.from({ length: columns * rows }, (_, index) => {
  const cell = document.createElement("button");
  cell.setAttribute("aria-label", `Column ${(index % columns) + 1}`);
  cell.addEventListener("click", () => {
    session.send("drop", { column: index % columns }).catch(console.warn);
  });
  board.append(cell);
  return cell;
});

const client = await connectPage();
let session = await sitDown();

/** A table where somebody is waiting, or a new one; after a reload the one of before. */
async function sitDown(): Promise<Session<typeof four>> {
  const session = await client.join(four, { roomType: "four" });
  session.onState(show);
  return session;
}

again.addEventListener("click", () => void session.send("again", {}));
another.addEventListener("click", () => void moveOn());

async function moveOn(): Promise<void> {
  await session.leave();
  session = await sitDown();
}

function show(): void {
  const { game, players } = session.state;
  const view = viewOf(game.get("game"), players, session.playerId);
  for (const [index, { className, isOpen }] of view.cells.entries())
    Object.assign(cells[index] ?? {}, { className, disabled: !isOpen });
  for (const color of ["red", "blue"] as const) {
    const { name, className } = view.seats[color];
    Object.assign(element(color, HTMLElement), { textContent: name, className });
  }
  element("message", HTMLElement).textContent = view.message;
  element("why", HTMLElement).textContent = view.why;
  again.hidden = !view.isOver || !view.hasOther;
  again.disabled = view.wantsAgain;
  another.hidden = !view.isOver;
}
