import { connect, createWebSocketDialer, type Client, type Session } from "roomline/client";
import { createCuttableNetwork } from "../../cuttable-network.ts";
import { createSlowNetwork } from "../../slow-network.ts";
import { ticker, tickerRoomId } from "../contract.ts";

/** A seat in the price room, and the network under it. */
export interface TickerSeat {
  readonly client: Client;
  readonly session: Session<typeof ticker>;
  readonly traffic: { readonly bytesIn: number };
  cut(offlineMs: number): void;
}

/** Connects to the server the page comes from, and waits for it if need be. */
export async function takeSeat(): Promise<TickerSeat> {
  // Slow by nothing: it is here for what it counts.
  const { dialer, traffic } = createSlowNetwork(createWebSocketDialer());
  const network = createCuttableNetwork(dialer);
  const client = await connect({
    clientId: `reader-${crypto.randomUUID().slice(0, 8)}`,
    dialer: network.dialer,
    connectTimeoutMs: Infinity,
    backoff: { maxMs: 1_000 },
  });
  const session = await client.join(ticker, { roomType: "ticker", roomId: tickerRoomId });
  addEventListener("pagehide", () => void client.close());
  return { client, session, traffic, cut: (offlineMs) => network.cut(offlineMs) };
}
