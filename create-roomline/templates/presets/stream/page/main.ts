import { conversation } from "../contract.ts";
import { Reader, type Answer } from "../reader.ts";
import { roomId } from "./address.ts";
import { connectPage } from "./connection.ts";
import { element } from "./element.ts";

const list = element("answers", HTMLOListElement);
const question = element("question", HTMLInputElement);
const ask = element("ask", HTMLButtonElement);
const stop = element("stop", HTMLButtonElement);
element("second", HTMLAnchorElement).href = location.href;

const client = await connectPage();
const session = await client.join(conversation, { roomType: "conversation", roomId });
const reader = new Reader(roomId, sessionStorage);
session.on("token", (piece) => {
  reader.take(piece);
  soon();
});
session.onState(soon);

/** Words come one by one, and the page is painted once for all that have come. */
let isDue = false;
function soon(): void {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    show();
  });
}

function show(): void {
  const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  const answers = reader.answers(session.state.answers);
  for (const [index, answer] of answers.entries()) showAnswer(itemAt(index), answer);
  for (const item of [...list.children].slice(answers.length)) item.remove();
  if (isAtEnd) list.scrollTop = list.scrollHeight;
  const isRunning = answers.some(({ status }) => status === "running");
  ask.hidden = isRunning;
  stop.hidden = !isRunning;
  element("hint", HTMLElement).hidden = answers.length > 0;
  const tokens = answers.reduce((sum, answer) => sum + answer.tokens, 0);
  element("account", HTMLElement).textContent =
    `${tokens} words, ${reader.missed} missed, ${reader.doubled} doubled`;
}

function itemAt(index: number): Element {
  const known = list.children[index];
  if (known !== undefined) return known;
  const item = document.createElement("li");
  item.append(document.createElement("h2"), document.createElement("p"));
  list.append(item);
  return item;
}

function showAnswer(item: Element, { question, status, text }: Answer): void {
  const [asked, said] = item.children;
  if (asked === undefined || said === undefined) return;
  item.className = status;
  asked.textContent = question;
  said.textContent = status === "failed" ? `${text} (The model has failed.)` : text;
}

element("form", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  if (question.value.trim() === "") return;
  session.send("ask", { question: question.value }).catch((error: unknown) => {
    element("account", HTMLElement).textContent =
      error instanceof Error ? error.message : String(error);
  });
  question.value = "";
});
stop.addEventListener("click", () => void session.send("stop", {}));
ask.disabled = false;
question.focus();
