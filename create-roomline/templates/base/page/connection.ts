import { connect, type Client } from "roomline/client";
import { identity } from "../identity.ts";
import { element } from "./element.ts";

const firsts = ["Amber", "Brave", "Calm", "Deft", "Eager", "Fabled", "Gentle", "Happy", "Jolly"];
const seconds = ["Fox", "Heron", "Lynx", "Otter", "Owl", "Panda", "Raven", "Seal", "Wren"];
const anyOf = (words: readonly string[]) => words[Math.floor(Math.random() * words.length)] ?? "";

/** A name for this tab: a reload keeps it, another tab has its own. */
export const myName =
  sessionStorage.getItem("name") ??
  `${anyOf(firsts)} ${anyOf(seconds)} ${Math.floor(10 + Math.random() * 90)}`;
sessionStorage.setItem("name", myName);

const texts = { connecting: "Connecting", live: "Connected", resuming: "Coming back", closed: "" };

/** Connects to the server the page comes from, for as long as it takes, and shows how that is going. */
export async function connectPage(): Promise<Client> {
  const shown = element("connection", HTMLElement);
  shown.dataset["state"] = "connecting";
  shown.textContent = texts.connecting;
  const client = await connect({
    ...identity(myName),
    connectTimeoutMs: Infinity,
    backoff: { maxMs: 2_000 },
  });
  const show = (state: typeof client.state): void => {
    shown.dataset["state"] = state;
    shown.textContent = texts[state] || (client.closeReason?.meaning ?? "Over");
  };
  show(client.state);
  client.onStateChange(show);
  // A tab that is closed says goodbye, so that its seat is free at once.
  addEventListener("pagehide", ({ persisted }) => {
    if (!persisted) void client.close();
  });
  return client;
}
