import { chat } from "../contract.ts";
import { connectPage, myName } from "./connection.ts";
import { element } from "./element.ts";

const lines = element("lines", HTMLOListElement);
const text = element("text", HTMLInputElement);
element("me", HTMLElement).textContent = myName;

function addLine(line: { by?: string; text: string; kind: "said" | "mine" | "note" }): void {
  const isAtEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 60;
  const item = document.createElement("li");
  item.className = line.kind;
  if (line.by !== undefined && line.kind === "said")
    item.append(Object.assign(document.createElement("b"), { textContent: line.by }));
  item.append(line.text);
  lines.append(item);
  if (isAtEnd) lines.scrollTop = lines.scrollHeight;
}

const client = await connectPage();
const roomId = new URLSearchParams(location.search).get("room") ?? "lobby";
const session = await client.join(chat, { roomType: "chat", roomId });

// Events come in order, each exactly once, also those of while the connection was lost.
session.on("said", ({ by, text }) =>
  addLine({ by, text, kind: by === session.playerId ? "mine" : "said" }),
);
session.on("joined", ({ name }) => addLine({ text: `${name} is here`, kind: "note" }));
session.on("left", ({ name }) => addLine({ text: `${name} has left`, kind: "note" }));

// State is always the newest: who is here, and who is typing.
session.onState(() => {
  const members = [...session.state.members];
  const items = members.map(([name, { isOnline }]) => {
    const item = Object.assign(document.createElement("li"), { textContent: name });
    item.className = isOnline ? "" : "away";
    return item;
  });
  element("members", HTMLUListElement).replaceChildren(...items);
  const typing = members.filter(([name, { isTyping }]) => isTyping && name !== session.playerId);
  element("typing", HTMLElement).textContent =
    typing.length === 0 ? "" : `${typing.map(([name]) => name).join(", ")} …`;
});
session.onClose(({ reason }) => addLine({ text: reason.meaning, kind: "note" }));

let isTyping = false;
function tellTyping(now: boolean): void {
  if (now === isTyping) return;
  isTyping = now;
  void session.send("typing", { isTyping });
}
text.addEventListener("input", () => tellTyping(text.value !== ""));
element("form", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  if (text.value.trim() !== "") void session.send("say", { text: text.value });
  text.value = "";
  tellTyping(false);
});
element("send", HTMLButtonElement).disabled = false;
text.focus();
