import { arena } from "../contract.ts";
import { connectPage } from "./connection.ts";
import { element } from "./element.ts";
import { colorOf } from "./picture.ts";
import { play } from "./play.ts";
import { rankingOf } from "./ranking.ts";

const client = await connectPage();
const session = await client.join(arena, { roomType: "arena" });
play(element("field", HTMLCanvasElement), session);

session.onState(() => {
  const { ships } = session.state;
  const items = rankingOf(ships).map((name) => {
    const item = document.createElement("li");
    const dot = Object.assign(document.createElement("i"), { className: "dot" });
    dot.style.background = colorOf(name);
    const who = Object.assign(document.createElement("span"), { textContent: name });
    const score = document.createElement("b");
    score.textContent = String(ships.get(name)?.score);
    item.className = name === session.playerId ? "mine" : "";
    item.append(dot, who, score);
    return item;
  });
  element("scores", HTMLOListElement).replaceChildren(...items);
});
session.on("scored", ({ by, score }, { replayed }) => {
  if (!replayed) element("news", HTMLElement).textContent = `${by} has ${score}`;
});
session.onClose(({ reason }) => {
  element("news", HTMLElement).textContent = reason.meaning;
});
