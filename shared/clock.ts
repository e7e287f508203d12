/** A timer that has been set and can be taken back. */
export interface Timer {
  /** Takes the timer back. Does nothing once it has fired. */
  cancel(): void;
}

/** Where all of Roomline gets its time from. Tests put a virtual one in its place. */
export interface Clock {
  /** Milliseconds since some moment, never going back, with a fraction. Orders, durations and timers go by it. */
  now(): number;
  /** The time of day, in milliseconds since the Unix epoch: goes on while the machine sleeps, and may be set. For people. */
  wallNow(): number;
  /** Calls back once, after at least `delayMs` milliseconds. */
  setTimer(callback: () => void, delayMs: number): Timer;
  /** Calls back at the end of this turn of the event loop, after the I/O that is ready now. */
  defer(callback: () => void): void;
}

/** What browsers do not have. */
declare const setImmediate: ((callback: () => void) => unknown) | undefined;

/** Given more than this, setTimeout fires at once. */
const longestTimeoutMs = 2_147_483_647;

/** The time of day in milliseconds since the Unix epoch. It goes on while the machine sleeps, and may be set. */
export function timeOfDay(): number {
  return Date.now();
}

/** The clock of the machine. */
export function createSystemClock(): Clock {
  const defer =
    typeof setImmediate === "function"
      ? (callback: () => void) => void setImmediate(callback)
      : deferByMessage();
  return {
    now: () => performance.now(),
    wallNow: timeOfDay,
    setTimer(callback, delayMs) {
      let handle: ReturnType<typeof setTimeout>;
      const arm = (restMs: number): void => {
        const stepMs = Math.min(restMs, longestTimeoutMs);
        handle = setTimeout(() => (restMs > stepMs ? arm(restMs - stepMs) : callback()), stepMs);
      };
      // What is overdue fires next; setTimeout of newer Node versions warns of negative delays.
      arm(Math.max(0, delayMs));
      return { cancel: () => clearTimeout(handle) };
    },
    defer,
  };
}

/**
 * Defers in browsers. A message comes at once, also in a hidden page, where a timer may take a minute: longer than a server
 * waits for the answer to its heartbeat.
 */
function deferByMessage(): (callback: () => void) => void {
  // Engines without pages may have no messages either.
  if (typeof MessageChannel === "undefined") return (callback) => void setTimeout(callback, 0);
  const waiting: (() => void)[] = [];
  const { port1, port2 } = new MessageChannel();
  port1.addEventListener("message", () => waiting.shift()?.());
  port1.start();
  return (callback) => {
    waiting.push(callback);
    port2.postMessage(undefined);
  };
}
