import { connect, type Client, type Session } from "roomline/client";
import { networkOfPage, type PageNetwork } from "../../start/page/page-network.ts";
import { arena } from "../contract.ts";

/** A seat in the arena, and the network to make trouble in. */
export interface ArenaSeat extends PageNetwork {
  readonly client: Client;
  readonly session: Session<typeof arena>;
}

const pingIntervalMs = 1_000;

/** Connects to the server the page comes from, and waits for it if need be; takes a seat in the room of the bots. */
export async function takeSeat(name: string): Promise<ArenaSeat> {
  const { network, conditions } = networkOfPage();
  const client = await connect({
    // Each page is somebody of its own: two tabs, or a reload, never take each other's seat.
    clientId: `pilot-${crypto.randomUUID().slice(0, 8)}`,
    network,
    connectTimeoutMs: Infinity,
    backoff: { maxMs: 1_000 },
    pingIntervalMs,
  });
  const session = await client.join(arena, {
    roomType: "arena",
    roomId: "arena",
    options: { name },
  });
  // A goodbye, so that the ship does not wait for a page that is gone.
  addEventListener("pagehide", () => void client.close());
  return { client, session, network, conditions };
}
