import type { Clock, Timer } from "../../shared/clock.ts";
import { clientLimits } from "../limits.ts";
import type { Signal, Surroundings } from "./surroundings.ts";

/** What we use of a browser's event targets. Where there is something like a page (React Native, stubs in tests), it may have none. */
interface PageEvents {
  addEventListener?(type: string, listener: (event: object) => void): void;
  removeEventListener?(type: string, listener: (event: object) => void): void;
}

/** A page: its window, or the global scope of a worker, which has no document. */
export interface Page {
  readonly window?: PageEvents;
  readonly document?: PageEvents & { readonly visibilityState?: string };
  readonly clock: Clock;
  /** The time of day, which goes on while the machine sleeps. Milliseconds. */
  readonly timeOfDay: () => number;
}

/** The surroundings of a client in a page. */
export function createPageSurroundings(page: Page): Surroundings {
  return {
    watch(listener) {
      const stops = [...watchPage(page, listener), watchTime(page, () => listener("woke"))];
      if (page.document?.visibilityState === "hidden") listener("hidden");
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}

function watchPage({ window, document }: Page, tell: (signal: Signal) => void): (() => void)[] {
  const on = (
    target: PageEvents | undefined,
    type: string,
    signal: (event: object) => Signal | undefined,
  ) => {
    const listener = (event: object): void => {
      const found = signal(event);
      if (found !== undefined) tell(found);
    };
    target?.addEventListener?.(type, listener);
    return () => target?.removeEventListener?.(type, listener);
  };
  const stops = [
    on(window, "online", () => "network"),
    on(window, "offline", () => "network"),
    // A page that is left may be kept, frozen, and shown again as it was.
    on(window, "pagehide", () => "hidden"),
    on(window, "pageshow", (event) => {
      return "persisted" in event && event.persisted === true ? "shown" : undefined;
    }),
  ];
  if (document === undefined) return stops;
  const visibility = () => (document.visibilityState === "hidden" ? "hidden" : "shown");
  return [...stops, on(document, "visibilitychange", visibility)];
}

/**
 * Timers stand still while a machine sleeps, and so do the connections, whose other ends go away. A look at the time of day
 * that comes much too late shows it. Browsers slow the timers of hidden pages down, too: then it is a false alarm.
 */
function watchTime({ clock, timeOfDay }: Page, onWoke: () => void): () => void {
  const { sleepLookIntervalMs, sleepMsMin } = clientLimits;
  let timer: Timer;
  let lastMs = timeOfDay();
  const look = (): void => {
    const nowMs = timeOfDay();
    const lateMs = nowMs - lastMs - sleepLookIntervalMs;
    lastMs = nowMs;
    timer = clock.setTimer(look, sleepLookIntervalMs);
    if (lateMs >= sleepMsMin) onWoke();
  };
  timer = clock.setTimer(look, sleepLookIntervalMs);
  return () => timer.cancel();
}
