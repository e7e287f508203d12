import { connect, createGrpcDialer, type Client } from "roomline/client";
import { createCuttableNetwork, type CuttableNetwork } from "../cuttable-network.ts";
import { createLedger, type Ledger } from "./ledger.ts";

/** What every bot of the demo has: a name, a connection that can be cut, and a record of what came over it. */
export interface Bot {
  readonly name: string;
  readonly client: Client;
  readonly network: CuttableNetwork;
  readonly ledger: Ledger;
}

/** Connects a bot over gRPC, as any program on any machine would. */
export async function connectBot(address: string, name: string): Promise<Bot> {
  const network = createCuttableNetwork(createGrpcDialer({ target: address }));
  const client = await connect(address, {
    clientId: name,
    dialer: network.dialer,
    backoff: { maxMs: 400 },
  });
  return { name, client, network, ledger: createLedger() };
}
