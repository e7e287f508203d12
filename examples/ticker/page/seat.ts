import { connect, type Client, type Session } from "roomline/client";
import { networkOfPage, type PageNetwork } from "../../start/page/page-network.ts";
import { ticker, tickerRoomId } from "../contract.ts";

/** A seat in the price room, and the network under it. */
export interface TickerSeat extends Pick<PageNetwork, "network"> {
  readonly client: Client;
  readonly session: Session<typeof ticker>;
}

/** Connects to the server the page comes from, and waits for it if need be. */
export async function takeSeat(): Promise<TickerSeat> {
  const { network } = networkOfPage();
  const client = await connect({
    clientId: `reader-${crypto.randomUUID().slice(0, 8)}`,
    network,
    connectTimeoutMs: Infinity,
    backoff: { maxMs: 1_000 },
  });
  const session = await client.join(ticker, { roomType: "ticker", roomId: tickerRoomId });
  addEventListener("pagehide", () => void client.close());
  return { client, session, network };
}
