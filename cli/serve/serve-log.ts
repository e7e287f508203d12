import { pino, type DestinationStream } from "pino";
import type { Log } from "roomline/server";
import type { ServeOptions } from "./serve-options.ts";

/** What a log is made of. */
export interface ServeLogParts {
  readonly level: ServeOptions["logLevel"];
  readonly format: ServeOptions["logFormat"];
  /** Whether somebody reads along. */
  readonly isTerminal: boolean;
}

/** Creates the server's log on stdout; undefined when pretty lines are wanted and cannot be had. */
export async function createServeLog(parts: ServeLogParts): Promise<Log | undefined> {
  const { level, format, isTerminal } = parts;
  const options = {
    level,
    base: null,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const pretty = format === "pretty" || (format === undefined && isTerminal);
  const printer = pretty ? await loadPrinter() : undefined;
  if (printer !== undefined)
    return pino(
      options,
      printer({ colorize: isTerminal, sync: true, translateTime: "SYS:HH:MM:ss.l" }),
    );
  if (format === "pretty") return undefined;
  return pino(options, pino.destination({ fd: 1, sync: true }));
}

type Printer = (options: object) => DestinationStream;

/**
 * pino-pretty, which servers need not have. Its name is no literal, so that the compiler does not look for it either: its
 * declarations refer to themselves in a way that no `await import` of them compiles.
 */
async function loadPrinter(): Promise<Printer | undefined> {
  const name: string = "pino-pretty";
  try {
    const loaded: unknown = await import(name);
    return typeof loaded === "object" && loaded !== null && "default" in loaded
      ? asPrinter(loaded.default)
      : undefined;
  } catch {
    return undefined;
  }
}

function asPrinter(value: unknown): Printer | undefined {
  return isPrinter(value) ? value : undefined;
}

function isPrinter(value: unknown): value is Printer {
  return typeof value === "function";
}
