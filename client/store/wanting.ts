import type { Unsubscribe } from "../listeners.ts";

/** What is done when something is wanted, and when it is not any more. */
interface WantingParts {
  readonly start: () => void;
  readonly stop: () => void;
}

/**
 * Counts who wants something: it is started for the first and stopped after the last. Both are done once the code that is
 * running has run, so whoever goes and comes back within it, as all components do once under React's StrictMode, changes
 * nothing.
 */
export class Wanting {
  readonly #parts: WantingParts;
  #holders = 0;
  #isStarted = false;
  #isSettling = false;

  constructor(parts: WantingParts) {
    this.#parts = parts;
  }

  /** Whether it is started. */
  get isStarted(): boolean {
    return this.#isStarted;
  }

  /** Somebody wants it, until they take that back. */
  hold(): Unsubscribe {
    let holds = true;
    this.#count(1);
    return () => {
      if (holds) this.#count(-1);
      holds = false;
    };
  }

  #count(more: 1 | -1): void {
    this.#holders += more;
    if (this.#isSettling) return;
    this.#isSettling = true;
    void Promise.resolve().then(() => this.#settle());
  }

  #settle(): void {
    this.#isSettling = false;
    const isWanted = this.#holders > 0;
    if (isWanted === this.#isStarted) return;
    this.#isStarted = isWanted;
    if (isWanted) this.#parts.start();
    else this.#parts.stop();
  }
}
