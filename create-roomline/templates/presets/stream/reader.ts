import type { Session } from "roomline/client";
import type { conversation } from "./contract.ts";

/** An answer as it is known here. */
export interface Answer {
  readonly question: string;
  readonly status: "running" | "done" | "stopped" | "failed";
  readonly text: string;
  readonly tokens: number;
}

/** Puts answers together: those that are over from the state, the one under way from its pieces. Counts what went wrong. */
export class Reader {
  readonly #session: Session<typeof conversation>;
  readonly #pieces = new Map<string, string[]>();
  /** Pieces that came twice, and pieces that did not come: both stay 0. */
  doubled = 0;
  missed = 0;

  constructor(session: Session<typeof conversation>, onChange: () => void) {
    this.#session = session;
    session.on("token", ({ answer, number, text }) => {
      const pieces = this.#pieces.get(answer) ?? [];
      this.#pieces.set(answer, pieces);
      if (number <= pieces.length) this.doubled++;
      else if (number > pieces.length + 1) this.missed += number - pieces.length - 1;
      pieces[number - 1] = text;
      onChange();
    });
    session.onState(onChange);
    // Another server: its answers are others.
    session.onRejoin(() => this.#pieces.clear());
  }

  /** All answers, the oldest first. */
  answers(): Answer[] {
    return [...this.#session.state.answers]
      .sort(([a], [b]) => Number(a) - Number(b))
      .map(([number, { question, status, text, tokens }]) => {
        const pieces = this.#pieces.get(number) ?? [];
        return status === "running"
          ? { question, status, text: pieces.join(""), tokens: pieces.length }
          : { question, status, text, tokens };
      });
  }
}
