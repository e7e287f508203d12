import { connect, emulateNetwork, type Client, type EmulatedNetwork } from "roomline/client";
import { createLedger, type Ledger } from "./ledger.ts";

/** What every bot of the demo has: a name, a connection that can be cut, and a record of what came over it. */
export interface Bot {
  readonly name: string;
  readonly client: Client;
  readonly network: EmulatedNetwork;
  readonly ledger: Ledger;
}

/** Connects a bot over gRPC, as any program on any machine would. */
export async function connectBot(address: string, name: string): Promise<Bot> {
  const network = emulateNetwork();
  const client = await connect(address, {
    clientId: name,
    network,
    backoff: { maxMs: 400 },
  });
  return { name, client, network, ledger: createLedger() };
}
