import { cancelWatch, watchRoom, type Watch } from "roomline/client";
import { readings, topic } from "./contract.ts";

/** One client: its watch, and what it has been told. */
export interface Subscriber {
  readonly name: string;
  readonly watch: Watch;
  readonly tally: Readonly<Tally>;
  /** Ends the subscription by a call of its own, as another process would. */
  unsubscribe(): Promise<boolean>;
}

interface Tally {
  /** Readings handed over, in all and since the subscription was last live. */
  readings: number;
  sinceLive: number;
  /** Times it was live. */
  lives: number;
  /** Times it was told that readings are gone. */
  gaps: number;
  /** Readings that came twice, or did not come without a word: there must be none. */
  faults: number;
}

/** Subscribes, with or without a server: the watch tries until there is one, and again whenever it is lost. */
export function subscribe(target: string, name: string): Subscriber {
  const tally: Tally = { readings: 0, sinceLive: 0, lives: 0, gaps: 0, faults: 0 };
  let expected: number | undefined;
  const caller = { clientId: name, watchId: topic };
  const watch = watchRoom(target, {
    ...caller,
    topic,
    contract: readings,
    backoff: { maxMs: 1_000 },
    onEvent({ number }) {
      if (expected !== undefined && number !== expected) tally.faults++;
      expected = number + 1;
      tally.readings++;
      tally.sinceLive++;
    },
    onGap({ to }) {
      tally.gaps++;
      expected = to + 1;
    },
    onStatus(status) {
      if (status !== "live") return;
      tally.lives++;
      tally.sinceLive = 0;
    },
  });
  return { name, watch, tally, unsubscribe: () => cancelWatch(target, caller) };
}
