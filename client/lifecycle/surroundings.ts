import type { Unsubscribe } from "../listeners.ts";

/**
 * What may happen around a client: nobody sees it any more, or somebody does again; the network came, went or changed; the
 * machine slept, or the page was frozen.
 */
export type Signal = "hidden" | "shown" | "network" | "woke";

/** What a client can notice of the page or machine it runs in. */
export interface Surroundings {
  /** Tells of signals from now on, of "hidden" at once when that is so. */
  watch(listener: (signal: Signal) => void): Unsubscribe;
}
