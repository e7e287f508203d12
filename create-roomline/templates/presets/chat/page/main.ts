import { chat } from "../contract.ts";
import { connectPage } from "./connection.ts";
import { element } from "./element.ts";
import { keepLine, keptLines, roomId, type KeptLine } from "./lines.ts";

const list = element("lines", HTMLOListElement);
const text = element("text", HTMLInputElement);

const client = await connectPage();
const session = await client.join(chat, { roomType: "chat", roomId });
const me = session.playerId;

// Events come in order, each exactly once, also those of while the connection was lost or the page was reloaded.
showLines(keptLines());
session.on("said", ({ by, text }, info) => showLines(keepLine({ by, text }, info)));
session.on("joined", ({ name }, info) => showLines(keepLine({ text: `${name} is here` }, info)));
session.on("left", ({ name }, info) => showLines(keepLine({ text: `${name} has left` }, info)));

function showLines(lines: readonly KeptLine[]): void {
  const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  list.replaceChildren(...lines.map(itemOf));
  if (isAtEnd) list.scrollTop = list.scrollHeight;
}

function itemOf({ by, text }: KeptLine): HTMLElement {
  const item = document.createElement("li");
  item.className = by === undefined ? "note" : by === me ? "mine" : "said";
  if (item.className === "said")
    item.append(Object.assign(document.createElement("b"), { textContent: by ?? "" }));
  item.append(text);
  return item;
}

// Members are always the newest: who is here, and who is typing.
session.onState(() => {
  const members = [...session.members.values()];
  const items = members.map(({ id, connected }) => {
    const item = Object.assign(document.createElement("li"), { textContent: id });
    item.className = connected ? "" : "away";
    return item;
  });
  element("members", HTMLUListElement).replaceChildren(...items);
  const typing = members.filter(({ id, presence }) => id !== me && presence?.isTyping === true);
  element("typing", HTMLElement).textContent =
    typing.length === 0 ? "" : `${typing.map(({ id }) => id).join(", ")} …`;
});
session.onClose(({ reason }) => {
  element("typing", HTMLElement).textContent = reason.meaning;
});

let isTyping: boolean | undefined;
function tellTyping(): void {
  if (isTyping === (text.value !== "")) return;
  isTyping = text.value !== "";
  void session.setPresence({ isTyping });
}
tellTyping();
text.addEventListener("input", tellTyping);
element("form", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  if (text.value.trim() !== "") void session.send("say", { text: text.value });
  text.value = "";
  tellTyping();
});
element("send", HTMLButtonElement).disabled = false;
text.focus();
