import type { Session } from "roomline/client";
import type { chat } from "../contract.ts";
import { printable, type Screen } from "./screen.ts";

const shownMs = 2_500;
const tellIntervalMs = 2_000;

/** Shows who types in the room in front, in the prompt, and tells the room when we do. Ephemeral both ways. */
export class Typing {
  readonly #screen: Screen;
  readonly #current: () => Session<typeof chat> | undefined;
  #who: { readonly room: string; readonly name: string } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #toldMs = -Infinity;

  constructor(screen: Screen, current: () => Session<typeof chat> | undefined) {
    this.#screen = screen;
    this.#current = current;
    screen.onKey(() => this.#tell());
  }

  /** Listens to a room. */
  watch(session: Session<typeof chat>): void {
    session.on("typing", ({ name }) => {
      this.#who = { room: session.roomId, name };
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.clear(), shownMs);
      this.show();
    });
    session.on("said", () => {
      if (this.#who?.room === session.roomId) this.clear();
    });
  }

  /** Writes the prompt anew. */
  show(): void {
    const session = this.#current();
    if (session === undefined) return this.#screen.prompt("(no room)> ");
    const { roomId, status } = session;
    const paused = status === "paused" ? " (paused)" : "";
    const typing = this.#who?.room === roomId ? ` (${printable(this.#who.name)} types)` : "";
    this.#screen.prompt(`${printable(roomId)}${paused}${typing}> `);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#who = undefined;
    this.show();
  }

  #tell(): void {
    const nowMs = performance.now();
    if (nowMs - this.#toldMs < tellIntervalMs) return;
    this.#toldMs = nowMs;
    void this.#current()?.send("typing", {}, { ephemeral: true });
  }
}
