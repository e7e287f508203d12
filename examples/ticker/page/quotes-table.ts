import { changeText, priceText } from "./money.ts";

/** What a row shows. */
export interface ShownQuote {
  readonly cents: number;
  readonly openCents: number;
  readonly volume: number;
}

/** The table of prices. */
export interface QuotesTable {
  /** A price came. It is painted with the next frame. */
  show(symbol: string, quote: ShownQuote): void;
  select(symbol: string): void;
}

interface Row {
  readonly line: HTMLTableRowElement;
  readonly price: HTMLElement;
  readonly change: HTMLElement;
  readonly volume: HTMLElement;
  cents: number;
  flashedMs: number;
}

/** A row flashes at most this often: twelve rows at fifty updates a second would only flicker. */
const flashIntervalMs = 400;
const flashMs = 500;

/** Fills the body of a table; `onSelect` is called for the symbol that is clicked. */
export function createQuotesTable(
  body: HTMLElement,
  onSelect: (symbol: string) => void,
): QuotesTable {
  const rows = new Map<string, Row>();
  const waiting = new Map<string, ShownQuote>();
  const paint = (nowMs: number): void => {
    for (const [symbol, quote] of waiting) {
      let row = rows.get(symbol);
      if (row === undefined) {
        row = addRow(body, symbol, () => onSelect(symbol));
        rows.set(symbol, row);
      }
      paintRow(row, quote, nowMs);
    }
    waiting.clear();
  };
  return {
    show(symbol, quote) {
      if (waiting.size === 0) requestAnimationFrame(paint);
      waiting.set(symbol, quote);
    },
    select(symbol) {
      for (const [name, { line }] of rows) line.ariaSelected = String(name === symbol);
    },
  };
}

function addRow(body: HTMLElement, symbol: string, onSelect: () => void): Row {
  const line = document.createElement("tr");
  const name = document.createElement("button");
  name.textContent = symbol;
  const head = document.createElement("th");
  head.scope = "row";
  head.append(name);
  const cell = (className: string): HTMLElement => {
    const td = document.createElement("td");
    td.className = `number ${className}`;
    return td;
  };
  const [priceCell, change, volume] = [cell("price"), cell("change"), cell("volume muted")];
  const price = document.createElement("span");
  priceCell.append(price);
  line.append(head, priceCell, change, volume);
  line.addEventListener("click", onSelect);
  line.dataset["symbol"] = symbol;
  body.append(line);
  return { line, price, change, volume, cents: 0, flashedMs: 0 };
}

function paintRow(row: Row, { cents, openCents, volume }: ShownQuote, nowMs: number): void {
  row.volume.textContent = volume.toLocaleString("en");
  if (cents === row.cents) return;
  const isUp = cents > row.cents;
  row.price.textContent = priceText(cents);
  row.change.textContent = changeText(cents, openCents);
  row.change.className = `number change ${cents >= openCents ? "up" : "down"}`;
  const isFirst = row.cents === 0;
  row.cents = cents;
  if (isFirst || nowMs - row.flashedMs < flashIntervalMs) return;
  row.flashedMs = nowMs;
  const tone = `color-mix(in srgb, var(${isUp ? "--good" : "--bad"}) 34%, transparent)`;
  row.price.animate([{ backgroundColor: tone }, { backgroundColor: "transparent" }], flashMs);
}
