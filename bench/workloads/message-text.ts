/** What a chat message says of itself, before its padding. */
export interface Stamp {
  /** 1, 2, 3 ... in its room. */
  readonly number: number;
  /** When it was sent, by the clock of the load generator, in milliseconds. */
  readonly sentMs: number;
}

/** A text of so many bytes that begins with a stamp. */
export function stampedText({ number, sentMs }: Stamp, padding: string): string {
  const stamp = `${number};${sentMs.toFixed(3)};`;
  return stamp + padding.slice(stamp.length);
}

/** Reads the stamp of a text. */
export function stampOf(text: string): Stamp {
  const [number, sentMs] = text.slice(0, 64).split(";", 2);
  return { number: Number(number), sentMs: Number(sentMs) };
}
