import { Code, ConnectError } from "@connectrpc/connect";
import type { Clock } from "../../shared/clock.ts";
import type { WatchStatsResponse } from "../../shared/gen/roomline/v1/admin_pb.ts";
import type { RandomSource } from "../../shared/random.ts";
import { Dashboard, type View } from "../model/dashboard.ts";
import type { Link } from "../../pages/link.ts";
import { createStore, type Store } from "../../pages/store.ts";
import type { AdminClient } from "./admin-client.ts";
import { keepStream } from "./stream-keeper.ts";
import type { TokenStore } from "../../pages/token-store.ts";

/** What the page is made of: what it shows, and what it can do. */
export interface Monitor {
  readonly admin: AdminClient;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly history: Dashboard["history"];
  readonly link: Store<Link>;
  /** Undefined until the first message. */
  readonly view: Store<View | undefined>;
  /** The name of the node that is shown; empty for all. */
  readonly chosen: Store<string>;
  /** Shows this node alone, or all of them when none is named. */
  choose(node: string): void;
  /** Takes a token, and asks the server again. */
  useToken(token: string): void;
  /** Tries again now. */
  retry(): void;
  /** Seen pages are told every second, hidden ones a summary now and then. */
  setHidden(hidden: boolean): void;
  /** Whether to ask for as many rows as the server sends: for somebody who looks for one of them. */
  setWide(wide: boolean): void;
}

/** What a {@link Monitor} works with. */
interface MonitorParts {
  readonly admin: AdminClient;
  readonly token: TokenStore;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly schedule: (run: () => void) => void;
}

/** Between two messages while somebody looks, and while nobody does. */
const seenIntervalMs = 1_000;
const hiddenIntervalMs = 10_000;
/** Most rows of each table: while nobody looks, in passing, and when somebody looks for one. */
const rowsMaxes = { hidden: 1, seen: 200, wide: 1_000 } as const;
const journalMax = 200;

/** Starts watching the server. */
export function startMonitor(parts: MonitorParts): Monitor {
  const { admin, token, clock, random, schedule } = parts;
  const dashboard = new Dashboard();
  const link = createStore<Link>({ status: "connecting" }, schedule);
  const view = createStore<View | undefined>(undefined, schedule);
  const chosen = createStore("", schedule);
  let [isHidden, isWide] = [false, false];
  const intervalMs = () => (isHidden ? hiddenIntervalMs : seenIntervalMs);
  const show = (node: string): void => {
    chosen.set(node);
    dashboard.turn();
  };
  const ask = (signal: AbortSignal): AsyncIterable<WatchStatsResponse> => {
    dashboard.begin();
    const rowsMax = rowsMaxes[isHidden ? "hidden" : isWide ? "wide" : "seen"];
    const request = { intervalMs: intervalMs(), rowsMax, journalMax, node: chosen.get() };
    return admin.watchStats(request, { signal });
  };
  const keeper = keepStream({
    open: (signal) => unlessGone(signal, { ask, isOfOne: () => chosen.get() !== "", show }),
    onMessage: (message) => view.set(dashboard.take(message)),
    onLink: (next) => link.set(next),
    silenceMsMax: () => 3 * intervalMs() + 5_000,
    clock,
    random,
  });
  /** Where a token is wanted, asking again changes nothing. */
  const restart = () => {
    if (link.get().status !== "token-wanted") keeper.restart();
  };
  return {
    admin,
    clock,
    random,
    history: dashboard.history,
    link,
    view,
    chosen,
    choose(node) {
      if (node === chosen.get()) return;
      show(node);
      restart();
    },
    useToken(newToken) {
      token.set(newToken);
      keeper.restart();
    },
    retry: () => keeper.restart(),
    setHidden(hidden) {
      if (hidden === isHidden) return;
      isHidden = hidden;
      restart();
    },
    setWide(wide) {
      if (wide === isWide) return;
      isWide = wide;
      restart();
    },
  };
}

/** What is asked for; when that is one node, and it is gone, all of them. */
async function* unlessGone(
  signal: AbortSignal,
  parts: {
    readonly ask: (signal: AbortSignal) => AsyncIterable<WatchStatsResponse>;
    readonly isOfOne: () => boolean;
    readonly show: (node: string) => void;
  },
): AsyncGenerator<WatchStatsResponse> {
  try {
    yield* parts.ask(signal);
  } catch (thrown) {
    if (!parts.isOfOne() || ConnectError.from(thrown).code !== Code.NotFound) throw thrown;
    parts.show("");
    yield* parts.ask(signal);
  }
}
