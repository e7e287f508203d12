/** How long somebody counts as writing after they last told so. */
const shownMs = 3_000;

/** Who is writing at the moment. */
export class Typists {
  readonly #onChange: () => void;
  readonly #all = new Map<
    string,
    { readonly name: string; readonly timer: ReturnType<typeof setTimeout> }
  >();

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Their names, the first to begin first. */
  get names(): readonly string[] {
    return [...this.#all.values()].map(({ name }) => name);
  }

  add(id: string, name: string): void {
    this.#forget(id);
    const timer = setTimeout(() => this.remove(id), shownMs);
    this.#all.set(id, { name, timer });
    this.#onChange();
  }

  /** They have said it, or no longer want to. */
  remove(id: string): void {
    if (this.#forget(id)) this.#onChange();
  }

  clear(): void {
    for (const id of [...this.#all.keys()]) this.#forget(id);
  }

  #forget(id: string): boolean {
    const typist = this.#all.get(id);
    clearTimeout(typist?.timer);
    return this.#all.delete(id);
  }
}
