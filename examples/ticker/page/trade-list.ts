import { priceText } from "./money.ts";

/** A trade as it is listed. */
export interface ListedTrade {
  readonly symbol: string;
  readonly cents: number;
  readonly units: number;
  readonly bought: boolean;
  readonly timeMs: number;
  /** It came with a replay, after a cut. */
  readonly replayed: boolean;
}

const linesMax = 24;

/** The newest trades, the newest first. Painted once per frame, however many came. */
export function createTradeList(list: HTMLElement): { add(trade: ListedTrade): void } {
  let waiting: ListedTrade[] = [];
  const paint = (): void => {
    const lines = waiting.slice(-linesMax).reverse().map(lineOf);
    waiting = [];
    list.prepend(...lines);
    while (list.childElementCount > linesMax) list.lastElementChild?.remove();
  };
  return {
    add(trade) {
      if (waiting.length === 0) requestAnimationFrame(paint);
      waiting.push(trade);
      // A page in the background paints nothing.
      if (waiting.length > linesMax * 2) waiting = waiting.slice(-linesMax);
    },
  };
}

function lineOf({ symbol, cents, units, bought, timeMs, replayed }: ListedTrade): HTMLElement {
  const line = document.createElement("li");
  if (replayed) line.className = "replayed";
  const cell = (className: string, text: string): void => {
    const span = document.createElement("span");
    span.className = className;
    span.textContent = text;
    line.append(span);
  };
  cell("when", new Date(timeMs).toTimeString().slice(0, 8));
  cell("what", symbol);
  cell(`units ${bought ? "up" : "down"}`, `${bought ? "▲" : "▼"} ${units}`);
  cell("price", priceText(cents));
  return line;
}
