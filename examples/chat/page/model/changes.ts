/** Tells the view that something it shows is no longer so. */
export class Changes {
  readonly #listeners = new Set<() => void>();

  /** Returns what takes the listener back. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(): void {
    for (const listener of this.#listeners) listener();
  }
}
