import { watchRoom } from "roomline/client";
import { createConnectTransport } from "@connectrpc/connect-web";
import { createLedger } from "../../start/ledger.ts";
import { ticker, tickerRoomId } from "../contract.ts";
import { createCuttableFetch } from "./cuttable-fetch.ts";
import { element, showState } from "./element.ts";
import { createTradeList } from "./trade-list.ts";

/** The trades, watched without a seat. */
export interface WatchPanel {
  /** The number of the newest trade there was: what a slow seat is measured by. */
  readonly newest: number;
}

const offlineMs = 3_000;
const tones = { connecting: "warn", live: "good", waiting: "bad", ended: "bad" } as const;
const words = { connecting: "connecting", live: "live", waiting: "cut off", ended: "ended" };

/** Starts to watch, and shows what comes: each trade once, over every cut. */
export function startWatchPanel(): WatchPanel {
  const network = createCuttableFetch((input, init) => fetch(input, init));
  const transport = createConnectTransport({ baseUrl: location.origin, fetch: network.fetch });
  let ledger = createLedger();
  const totals = { seen: 0, missed: 0, doubled: 0 };
  const trades = createTradeList(element("#trades", HTMLElement));
  let isReplay = false;
  let newest = 0;
  const watch = watchRoom("", {
    topic: tickerRoomId,
    contract: ticker,
    dialer: { target: location.origin, dial: () => ({ transport, close: () => undefined }) },
    backoff: { maxMs: 1_000 },
    onEvent({ payload, timeMs }) {
      totals.seen++;
      newest = payload.number;
      ledger.note("trade", payload.number, isReplay);
      trades.add({ ...payload, timeMs, replayed: isReplay });
    },
    onGap({ reason }) {
      // Another server, another room: its trades are numbered from 1.
      if (reason === "epoch-changed") ledger = createLedger();
    },
    onEndOfBacklog: () => (isReplay = false),
    onStatus(status) {
      showState(element("#watch-state", HTMLElement), tones[status], words[status]);
      if (status === "waiting") isReplay = true;
    },
  });
  element("#cut-watch", HTMLButtonElement).addEventListener("click", () => network.cut(offlineMs));
  addEventListener("pagehide", () => watch.stop());
  setInterval(() => {
    const { missed, doubled } = ledger.take();
    totals.missed += missed;
    totals.doubled += doubled;
    for (const [name, count] of Object.entries(totals))
      element(`#${name}`, HTMLElement).textContent = count.toLocaleString("en");
    element("#cursor", HTMLElement).textContent = watch.cursor;
  }, 200);
  return {
    get newest() {
      return newest;
    },
  };
}
