import { pino, type DestinationStream, type LoggerOptions } from "pino";
import type { Log } from "roomline/server";
import type { ServeOptions } from "./serve-options.ts";

interface ServeLogParts {
  readonly level: ServeOptions["logLevel"];
  readonly format: ServeOptions["logFormat"];
  /** Whether somebody reads along. */
  readonly isTerminal: boolean;
}

/** Creates the server's log on stdout; undefined when pretty lines are wanted and cannot be had. */
export async function createServeLog(parts: ServeLogParts): Promise<Log | undefined> {
  const { level, format, isTerminal } = parts;
  const options: LoggerOptions = {
    level,
    base: null,
    formatters: { level: (label) => ({ level: label }) },
  };
  const pretty = format === "pretty" || (format === undefined && isTerminal);
  const stream = pretty ? await loadPrinter(isTerminal) : undefined;
  if (stream !== undefined) return pino(options, stream);
  if (format === "pretty") return undefined;
  return pino(options, pino.destination({ fd: 1, sync: true }));
}

/** The printer of pino-pretty, which servers need not have. */
async function loadPrinter(colorize: boolean): Promise<DestinationStream | undefined> {
  try {
    const { default: pretty } = await import("pino-pretty");
    return pretty({ colorize, sync: true, translateTime: "SYS:HH:MM:ss.l" });
  } catch {
    return undefined;
  }
}
