/** Turns the text of an option into its value. */
export interface Reader<T> {
  /** What it has to be, as the end of the sentence "it has to be ...". */
  readonly expected: string;
  /** The value; undefined when the text is something else. */
  read(text: string): T | undefined;
}

/** A whole number within bounds. */
export function wholeNumber(min: number, max: number): Reader<number> {
  const bounds = max === Infinity ? `of ${min} or more` : `from ${min} to ${max}`;
  return {
    expected: `a whole number ${bounds}`,
    read(text) {
      const value = numberOf(text);
      return Number.isInteger(value) && value >= min && value <= max ? value : undefined;
    },
  };
}

/** A number within bounds; `unit` is said behind it. */
export function decimal(min: number, max: number, unit = ""): Reader<number> {
  return {
    expected: `a number${unit === "" ? "" : ` of ${unit}`} from ${min} to ${max}`,
    read(text) {
      const value = numberOf(text);
      return value >= min && value <= max ? value : undefined;
    },
  };
}

/** One of these words. */
export function oneOf<const Word extends string>(words: readonly Word[]): Reader<Word> {
  return {
    expected: `one of ${words.join(", ")}`,
    read: (text) => words.find((word) => word === text),
  };
}

/** Yes or no, for environment variables. */
export const yesOrNo: Reader<boolean> = {
  expected: "true or false",
  read(text) {
    if (text === "true" || text === "1") return true;
    return text === "false" || text === "0" ? false : undefined;
  },
};

/** Any text but an empty one; `what` says what it stands for. */
export function nonEmpty(what: string): Reader<string> {
  return { expected: what, read: (text) => (text.trim() === "" ? undefined : text) };
}

/** Where a server is: `HOST:PORT`, with brackets around an IPv6 address, or a URL, as `connect` takes it. */
export const serverAddress: Reader<string> = {
  expected:
    "HOST:PORT, such as localhost:50051 or [::1]:50051, or a URL, such as wss://game.example",
  read(text) {
    const isUrl = /^(https?|wss?):\/\/[^\s@?#]+$/.test(text) && URL.canParse(text);
    if (isUrl) return text;
    const match = /^(?:\[[0-9a-fA-F:.]+\]|[^\s:/@[\]]+):(\d{1,5})$/.exec(text);
    const port = Number(match?.[1] ?? Number.NaN);
    return port >= 1 && port <= 65_535 ? text : undefined;
  },
};

/** Decimal notation only: no "0x10", no " 5", no "". */
function numberOf(text: string): number {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
}
