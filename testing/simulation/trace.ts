/** Lines that are kept. */
const linesMax = 1_000;

/** What happened in a run, line by line: the newest lines are kept. */
export class Trace {
  readonly #nowMs: () => number;
  readonly #onLine: ((line: string) => void) | undefined;
  #lines: string[] = [];

  constructor(nowMs: () => number, onLine: ((line: string) => void) | undefined) {
    this.#nowMs = nowMs;
    this.#onLine = onLine;
  }

  get lines(): readonly string[] {
    return this.#lines.slice(-linesMax);
  }

  /** `who`: a player, or empty for what is nobody's. */
  note(who: string, what: string): void {
    const time = `${(this.#nowMs() / 1_000).toFixed(3)} s`.padStart(10);
    const line = `${time}  ${who === "" ? "" : `${who}: `}${what}`;
    this.#lines.push(line);
    if (this.#lines.length > 2 * linesMax) this.#lines = this.#lines.slice(-linesMax);
    this.#onLine?.(line);
  }
}

/** A value in a few words. */
export function shown(value: unknown, charsMax = 120): string {
  const text = JSON.stringify(value, (_, part: unknown) =>
    typeof part === "bigint"
      ? `${part}n`
      : part instanceof Uint8Array
        ? `${part.length} bytes`
        : part,
  ) as string | undefined;
  if (text === undefined) return String(value);
  return text.length > charsMax ? `${text.slice(0, charsMax)}…` : text;
}
