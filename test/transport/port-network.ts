import type { Clock } from "../../shared/clock.ts";
import type { TransportDialer } from "../../shared/transport/transport.ts";
import type { ContractNetwork } from "./contract-network.ts";
import { RecordedEnd, settleEnds } from "./recorded-end.ts";
import { openTestPort } from "./test-port.ts";
import { waitUntil } from "./wait-until.ts";

/** What a dialer is made from. */
interface DialerFacts {
  readonly port: number;
  readonly clock: Clock;
  readonly lingerMs: number;
}

/** A port on loopback, and the clients this dialer connects to it. */
export async function createPortNetwork(
  createDialer: (facts: DialerFacts) => TransportDialer,
): Promise<ContractNetwork> {
  // Nothing may end only because somebody's patience did.
  const lingerMs = 60_000;
  const server = await openTestPort({ transportLimits: { lingerMs } });
  const dialer = createDialer({ port: server.number, clock: server.clock, lingerMs });
  const clients: RecordedEnd[] = [];
  return {
    async connect(metadata = new Map()) {
      const client = new RecordedEnd(dialer.dial(metadata));
      clients.push(client);
      const { end, peer } = await server.whenAccepted(clients.length);
      return { client, server: end, peer };
    },
    until: waitUntil,
    settle: () => settleEnds(() => [...clients, ...server.accepted.map(({ end }) => end)]),
    async end() {
      for (const client of clients) client.transport.destroy();
      await server.end();
    },
  };
}
