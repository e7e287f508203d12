import type { Log } from "./log.ts";

type Level = Exclude<keyof Log, "child">;

/**
 * The same log, whose failures stay its own: a line that cannot be written is lost, and whoever wrote it goes on. It is
 * written to from timers and from events of sockets, where nobody would catch what it throws.
 */
export function containedLog(log: Log): Log {
  const line =
    (level: Level) =>
    (fields: object, message: string): void => {
      if (writes(log, level, { fields, message })) return;
      // What was thrown at a room can be beyond a log: an error whose message throws when it is read.
      writes(log, level, { fields: {}, message });
    };
  return {
    debug: line("debug"),
    info: line("info"),
    warn: line("warn"),
    error: line("error"),
    child(fields) {
      try {
        const child: unknown = log.child(fields);
        if (isLog(child)) return containedLog(child);
      } catch {
        // As for one that gives no log.
      }
      return withFields(log, fields);
    },
  };
}

/** Does itself what the `child` of this log cannot do. */
function withFields(log: Log, more: object): Log {
  return containedLog({
    debug: (fields, message) => log.debug({ ...more, ...fields }, message),
    info: (fields, message) => log.info({ ...more, ...fields }, message),
    warn: (fields, message) => log.warn({ ...more, ...fields }, message),
    error: (fields, message) => log.error({ ...more, ...fields }, message),
    child: (fields) => withFields(log, { ...more, ...fields }),
  });
}

/** A log's methods as they may be: its type does not forbid that they are asynchronous. */
type Writers = Readonly<Record<Level, (fields: object, message: string) => unknown>>;

function writes(log: Writers, level: Level, line: { fields: object; message: string }): boolean {
  try {
    const written = log[level](line.fields, line.message);
    if (written instanceof Promise) written.catch(() => undefined);
    return true;
  } catch {
    return false;
  }
}

function isLog(value: unknown): value is Log {
  return typeof value === "object" && value !== null && "error" in value && "child" in value;
}
