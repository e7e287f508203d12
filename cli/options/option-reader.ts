import { yesOrNo, type Reader } from "./readers.ts";

/** What commander made of the command line: flags by their camel-case names. */
export type GivenFlags = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A line for each mistake, or the options. */
export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly mistakes: readonly string[] };

/**
 * Reads options from flags and, behind them, from environment variables: `--tls-cert` or `ROOMLINE_TLS_CERT`. Collects a
 * line for every mistake instead of stopping at the first.
 */
export class OptionReader {
  readonly #flags: GivenFlags;
  readonly #env: Environment;
  readonly #mistakes: string[] = [];

  constructor(flags: GivenFlags, env: Environment) {
    this.#flags = flags;
    this.#env = env;
  }

  get mistakes(): readonly string[] {
    return this.#mistakes;
  }

  /** The value of an option; undefined when it is not given, or not right. */
  value<T>(flag: string, reader: Reader<T>): T | undefined {
    const given = this.#textOf(flag);
    if (given === undefined) return undefined;
    const value = reader.read(given.text);
    if (value === undefined)
      this.complain(`${given.source} is "${given.text}"; it has to be ${reader.expected}.`);
    return value;
  }

  /** Whether a flag without a value is set. */
  isSet(flag: string): boolean {
    if (this.#flags[camelCase(flag)] === true) return true;
    return this.value(flag, yesOrNo) ?? false;
  }

  /** The values of an option that may be repeated; in its environment variable they are separated by commas. */
  values(
    flag: string,
    source = variableOf(flag),
  ): readonly { readonly source: string; readonly text: string }[] {
    const given = this.#flags[camelCase(flag)];
    if (Array.isArray(given))
      return given.map((text: unknown) => ({ source: flag, text: String(text) }));
    const texts = (this.#env[source] ?? "").split(",").map((text) => text.trim());
    return texts.filter((text) => text !== "").map((text) => ({ source, text }));
  }

  /** Notes a mistake: a whole sentence that says what to do. */
  complain(line: string): void {
    this.#mistakes.push(line);
  }

  #textOf(flag: string): { source: string; text: string } | undefined {
    const given = this.#flags[camelCase(flag)];
    if (typeof given === "string") return { source: flag, text: given };
    const source = variableOf(flag);
    const text = this.#env[source];
    return text === undefined || text === "" ? undefined : { source, text };
  }
}

function variableOf(flag: string): string {
  return `ROOMLINE_${flag.slice(2).replaceAll("-", "_").toUpperCase()}`;
}

function camelCase(flag: string): string {
  return flag.slice(2).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
