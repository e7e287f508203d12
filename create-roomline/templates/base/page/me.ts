import type { ConnectOptions } from "roomline/client";
import { identity } from "../identity.ts";

const firsts = ["Amber", "Brave", "Calm", "Deft", "Eager", "Fabled", "Gentle", "Happy", "Jolly"];
const seconds = ["Fox", "Heron", "Lynx", "Otter", "Owl", "Panda", "Raven", "Seal", "Wren"];
const anyOf = (words: readonly string[]) => words[Math.floor(Math.random() * words.length)] ?? "";

/** A name for this tab: a reload keeps it, another tab has its own. */
export const myName =
  sessionStorage.getItem("name") ??
  `${anyOf(firsts)} ${anyOf(seconds)} ${Math.floor(10 + Math.random() * 90)}`;

// Kept while the page is not seen, as during a reload: a tab that is duplicated copies what is kept, and is somebody else.
function keepName(): void {
  if (document.visibilityState === "hidden") sessionStorage.setItem("name", myName);
  else sessionStorage.removeItem("name");
}
keepName();
document.addEventListener("visibilitychange", keepName);

/** How the page connects: to where it comes from, for as long as it takes, and it goes on when it is reloaded. */
export const connectOptions: ConnectOptions = {
  ...identity(myName),
  persist: sessionStorage,
  connectTimeoutMs: Infinity,
  backoff: { maxMs: 2_000 },
};
