import type { Log } from "./log.ts";

/**
 * The same log, whose failures stay its own: a line that cannot be written is lost, and whoever wrote it goes on. It is
 * written to from timers and from events of sockets, where nobody would catch what it throws.
 */
export function containedLog(log: Log): Log {
  return {
    debug: (fields, message) => contain(() => log.debug(fields, message)),
    info: (fields, message) => contain(() => log.info(fields, message)),
    warn: (fields, message) => contain(() => log.warn(fields, message)),
    error: (fields, message) => contain(() => log.error(fields, message)),
    child(fields) {
      try {
        return containedLog(log.child(fields));
      } catch {
        return containedLog(log);
      }
    },
  };
}

function contain(write: () => unknown): void {
  try {
    const written = write();
    // The type allows a log whose methods are asynchronous.
    if (written instanceof Promise) written.catch(() => undefined);
  } catch {
    // There is no other place to tell of it.
  }
}
