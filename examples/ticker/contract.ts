import { defineContract } from "roomline/contract";
import { QuoteSchema, TradeSchema } from "./gen/roomline/examples/ticker/v1/ticker_pb.ts";

/**
 * What the price room says. Prices are state: whoever cannot take every change gets the newest. Trades are events: each
 * counts. Protobuf, because of a quote only the fields that changed travel; as JSON it would be the whole row, every time.
 */
export const ticker = defineContract({
  state: { quotes: QuoteSchema },
  inputs: {},
  events: { trade: TradeSchema },
});

/** The room every server of the example has. */
export const tickerRoomId = "ticker";
