import { defineRoom } from "roomline/server";
import { ticker } from "./contract.ts";
import { listings, saleIn, wandered } from "./market.ts";

/** Price changes per second and symbol. */
export const changesHz = 100;
const tradesHz = 40;

/**
 * A room nobody has to be in: it makes prices as long as the server runs. It ticks, because a fixed step is what a random
 * walk wants: the market of a busy machine moves as far in a second as that of an idle one.
 */
export const tickerRoom = defineRoom(ticker, {
  tickRateHz: changesHz,
  updateRateHz: 50,
  portable: true,
  maxPlayers: 1_000,
  emptyDelayMs: Infinity,
  // Some 13 seconds of trades for those who were away, or cannot follow.
  log: { entriesMax: 512 },
  watchable: true,

  create(room) {
    for (const [symbol, openCents] of listings)
      room.state.quotes.set(symbol, { cents: openCents, openCents });
    /** Prices with their fractions: rounded at each step, a cheap symbol would never move. */
    return { exactCents: new Map(listings), trades: 0 };
  },

  onTick(room) {
    for (const [symbol, quote] of room.state.quotes) {
      const before = room.data.exactCents.get(symbol) ?? quote.openCents;
      const exactCents = wandered(before, quote.openCents, room.random);
      room.data.exactCents.set(symbol, exactCents);
      quote.cents = Math.round(exactCents);
      quote.changes++;
    }
    const sale = saleIn(tradesHz / changesHz, room.random);
    const quote = sale && room.state.quotes.get(sale.symbol);
    if (sale === undefined || quote === undefined) return;
    quote.volume += sale.units;
    room.publish("trade", { number: ++room.data.trades, cents: quote.cents, ...sale });
  },
});
