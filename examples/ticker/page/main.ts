// Prices in a browser: as many as it can take, of what the room makes. And trades, of which none is left out.
import "uplot/dist/uPlot.min.css";
import { createRateMeter } from "../../rate-meter.ts";
import { showSiteHeader } from "../../start/page/site-header.ts";
import { listings } from "../market.ts";
import { createPriceChart } from "./chart.ts";
import { createConflation, type Conflation } from "./conflation.ts";
import { element, showNumber, showState } from "./element.ts";
import { createPriceHistory } from "./history.ts";
import { stepsOf } from "./ladder.ts";
import { changeText, priceText } from "./money.ts";
import { createQuotesTable, type ShownQuote } from "./quotes-table.ts";
import { takeSeat, type TickerSeat } from "./seat.ts";
import { createSlowReader, type SlowReader } from "./slow-reader.ts";
import { startWatchPanel, type WatchPanel } from "./watch-panel.ts";

const windowMs = 60_000;
const chartIntervalMs = 40;
const numbersIntervalMs = 250;
const offlineMs = 3_000;
/** What the slider offers, in updates per second; 0 is all there are. */
const rates = [1, 2, 5, 10, 20, 0] as const;

/** The table, and the chart of the symbol that is chosen in it. Returns when a price last came. */
function startPrices({ session }: TickerSeat, conflation: Conflation): { newestMs(): number } {
  const histories = new Map(listings.map(([symbol]) => [symbol, createPriceHistory(windowMs)]));
  const chart = createPriceChart(element("#chart", HTMLElement), windowMs);
  let [[chosen]] = [listings[0] ?? [""]];
  let newestMs = performance.now();
  const table = createQuotesTable(element("#quotes", HTMLElement), (symbol) => {
    chosen = symbol;
    table.select(symbol);
  });
  const { quotes } = session.state;
  session.onState(() => (newestMs = performance.now()));
  const take = (quote: ShownQuote & { readonly changes: number }, symbol: string): void => {
    conflation.note(symbol, quote.changes, performance.now());
    histories.get(symbol)?.add(Date.now(), quote.cents);
    table.show(symbol, quote);
  };
  quotes.onAdd(take);
  quotes.onChange(take);
  let drawnMs = 0;
  const draw = (nowMs: number): void => {
    requestAnimationFrame(draw);
    if (nowMs - drawnMs < chartIntervalMs) return;
    drawnMs = nowMs;
    const quote = quotes.get(chosen);
    const history = histories.get(chosen);
    if (quote === undefined || history === undefined) return;
    table.select(chosen);
    const wallMs = Date.now();
    chart.draw(history.columns(wallMs), wallMs);
    element("#chart-title", HTMLElement).textContent = chosen;
    element("#chart-price", HTMLElement).textContent = priceText(quote.cents);
    const change = element("#chart-change", HTMLElement);
    change.textContent = changeText(quote.cents, quote.openCents);
    change.className = `badge ${quote.cents >= quote.openCents ? "good" : "bad"}`;
  };
  requestAnimationFrame(draw);
  return { newestMs: () => newestMs };
}

/** The slider: fewer updates, each of which says as much. */
function offerRates({ session }: TickerSeat): void {
  const slider = element("#rate", HTMLInputElement);
  slider.addEventListener("input", () => {
    const rateHz = rates[slider.valueAsNumber] ?? 0;
    element("#rate-text", HTMLOutputElement).value =
      rateHz === 0 ? "all (50 a second)" : `${rateHz} a second`;
    void session.setRate(rateHz);
  });
}

interface Told {
  readonly seat: TickerSeat;
  readonly conflation: Conflation;
  readonly reader: SlowReader;
  readonly watch: WatchPanel;
  readonly prices: { newestMs(): number };
}

/** Keeps the numbers, the state and the ladder up to date. */
function startTelling({ seat, conflation, reader, watch, prices }: Told): void {
  const bytes = createRateMeter();
  let before = seat.network.traffic.bytesIn;
  setInterval(() => {
    const nowMs = performance.now();
    bytes.add(seat.network.traffic.bytesIn - before, nowMs);
    before = seat.network.traffic.bytesIn;
    const [made, received] = [conflation.madePerSecond(nowMs), conflation.receivedPerSecond(nowMs)];
    const mergedPerRow = received === 0 ? 0 : made / received;
    const behind = Math.max(0, watch.newest - reader.handled);
    // What the room makes shows in what comes: when nothing does, nobody knows.
    showNumber("made", received === 0 ? "–" : Math.round(made).toLocaleString("en"));
    showNumber("received", Math.round(received).toLocaleString("en"));
    showNumber("merged", mergedPerRow === 0 ? "–" : mergedPerRow.toFixed(1));
    showNumber("bytes", (bytes.perSecond(nowMs) / 1_000).toFixed(1));
    showNumber("behind", behind.toLocaleString("en"));
    showNumber("skipped", reader.skipped.toLocaleString("en"));
    const isLive = seat.client.state === "live";
    const silentMs = isLive ? nowMs - prices.newestMs() : 0;
    const steps = stepsOf({ mergedPerRow, behind, silentMs, skipped: reader.skipped });
    for (const { name, isTaken } of steps)
      element(`#steps [data-step=${name}]`, HTMLElement).classList.toggle("taken", isTaken);
    const isHeld = steps.some(({ name, isTaken }) => name === "hold" && isTaken);
    const state = element("#state", HTMLElement);
    if (!isLive) showState(state, "bad", "cut off, coming back");
    else if (isHeld) showState(state, "warn", "held back");
    else showState(state, "good", "live");
  }, numbersIntervalMs);
}

showSiteHeader("ticker");
const watch = startWatchPanel();
const seat = await takeSeat();
const conflation = createConflation();
const reader = createSlowReader(seat.session);
const prices = startPrices(seat, conflation);
offerRates(seat);
element("#cut", HTMLButtonElement).addEventListener("click", () => seat.network.cut(offlineMs));
startTelling({ seat, conflation, reader, watch, prices });
