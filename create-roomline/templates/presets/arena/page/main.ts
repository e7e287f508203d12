import { arena } from "../contract.ts";
import { stepsHz } from "../field.ts";
import { connectPage, myName } from "./connection.ts";
import { element } from "./element.ts";
import { Interpolation } from "./interpolation.ts";
import { colorOf, Picture, type ShownShip } from "./picture.ts";
import { Prediction } from "./prediction.ts";
import { listenToHands } from "./steering.ts";

const stepMs = 1_000 / stepsHz;
const canvas = element("field", HTMLCanvasElement);
const picture = new Picture(canvas);
const hands = listenToHands(canvas, (event) => picture.placeAt(event));
element("me", HTMLElement).textContent = myName;

const client = await connectPage();
const session = await client.join(arena, { roomType: "arena" });
const me = session.playerId;
const others = new Interpolation();
const own = new Prediction();

session.onState(({ tick }) => {
  others.push(tick * stepMs, performance.now(), new Map(session.state.ships));
  const mine = session.state.ships.get(me);
  if (mine !== undefined) own.confirm(mine);
  showScores();
});
session.onRejoin(() => own.reset()); // the server was started anew, and so was the game
session.on("scored", ({ by, score }, { replayed }) => {
  if (!replayed) element("news", HTMLElement).textContent = `${by} has ${score}`;
});
session.onClose(({ reason }) => {
  element("news", HTMLElement).textContent = reason.meaning;
});

/** Steps are of one length, whatever the screen paints. */
let steppedMs = performance.now();
function step(nowMs: number): void {
  // A page that was not seen for a while does not make up for it.
  if (nowMs - steppedMs > 5 * stepMs) steppedMs = nowMs - stepMs;
  for (; nowMs - steppedMs >= stepMs; steppedMs += stepMs) {
    const { place } = own;
    // While the connection is lost the ship stands: it would only seem to fly.
    if (place === undefined || session.status !== "active") continue;
    const move = own.step(hands.direction(place));
    if (move !== undefined) session.send("move", move).catch(console.warn);
  }
}

function paint(nowMs: number): void {
  step(nowMs);
  const ships: ShownShip[] = [];
  for (const [name, { x, y }] of others.at(nowMs))
    if (name !== me && session.state.ships.has(name)) ships.push({ name, x, y, isMine: false });
  const mine = own.at((nowMs - steppedMs) / stepMs);
  if (mine !== undefined) ships.push({ name: me, ...mine, isMine: true });
  picture.paint(ships, session.state.coins.values());
  requestAnimationFrame(paint);
}
requestAnimationFrame(paint);

function showScores(): void {
  const best = [...session.state.ships].sort(([, a], [, b]) => b.score - a.score).slice(0, 10);
  const items = best.map(([name, { score }]) => {
    const item = document.createElement("li");
    const dot = Object.assign(document.createElement("i"), { className: "dot" });
    dot.style.background = colorOf(name);
    const who = Object.assign(document.createElement("span"), { textContent: name });
    const points = Object.assign(document.createElement("b"), { textContent: String(score) });
    item.className = name === me ? "mine" : "";
    item.append(dot, who, points);
    return item;
  });
  element("scores", HTMLOListElement).replaceChildren(...items);
}
