import type { Unsubscribe } from "../listeners.ts";
import { Subscribers } from "./store.ts";

/** What is done when something is wanted, and when it is not any more. */
interface WantingParts {
  readonly start: () => void;
  readonly stop: () => void;
}

/**
 * Subscribers who want something: it is started for the first and stopped after the last. Both are done once the code that is
 * running has run, so whoever goes and comes back within it, as all components do once under React's StrictMode, changes
 * nothing.
 */
export class WantingSubscribers extends Subscribers {
  readonly #parts: WantingParts;
  #isStarted = false;
  #isSettling = false;

  constructor(parts: WantingParts) {
    super();
    this.#parts = parts;
  }

  /** Whether what they want is started. */
  get isStarted(): boolean {
    return this.#isStarted;
  }

  override add(tell: () => void): Unsubscribe {
    const remove = super.add(tell);
    this.#settleSoon();
    return () => {
      remove();
      this.#settleSoon();
    };
  }

  #settleSoon(): void {
    if (this.#isSettling) return;
    this.#isSettling = true;
    void Promise.resolve().then(() => this.#settle());
  }

  #settle(): void {
    this.#isSettling = false;
    const isWanted = this.size > 0;
    if (isWanted === this.#isStarted) return;
    this.#isStarted = isWanted;
    if (isWanted) this.#parts.start();
    else this.#parts.stop();
  }
}
