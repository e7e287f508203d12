import { connect, createWebSocketDialer, type Client, type Session } from "roomline/client";
import { createCuttableNetwork, type CuttableNetwork } from "../../cuttable-network.ts";
import { createSlowNetwork, type SlowNetwork } from "../../slow-network.ts";
import { arena } from "../contract.ts";

/** A seat in the arena, and the network to make trouble in. */
export interface ArenaSeat {
  readonly client: Client;
  readonly session: Session<typeof arena>;
  /** Between the SDK and the WebSocket: a delay, */
  readonly slow: SlowNetwork;
  /** and in front of it a switch. */
  readonly switch: CuttableNetwork;
}

const pingIntervalMs = 1_000;

/** Connects to the server the page comes from, and waits for it if need be; takes a seat in the room of the bots. */
export async function takeSeat(name: string): Promise<ArenaSeat> {
  const slow = createSlowNetwork(createWebSocketDialer());
  const cuttable = createCuttableNetwork(slow.dialer);
  const client = await connect({
    // Each page is somebody of its own: two tabs, or a reload, never take each other's seat.
    clientId: `pilot-${crypto.randomUUID().slice(0, 8)}`,
    dialer: cuttable.dialer,
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
  return { client, session, slow, switch: cuttable };
}
