import { createContractTable } from "../../shared/contract/contract-table.ts";
import type { Contract } from "../../shared/contract/contract.ts";
import type { WatchEvent } from "../../shared/gen/roomline/v1/watch_pb.ts";
import type { PlainWatchEvent } from "./watch-api.ts";

/** Makes what handlers are given; undefined for a kind the contract does not have. */
export type ReadEvent = (event: WatchEvent) => PlainWatchEvent | undefined;

const utf8 = new TextEncoder();

/** Reads events by a contract, or as they are. What it returns throws RoomlineError `invalid-payload`. */
export function createEventReader(contract: Contract | undefined): ReadEvent {
  if (contract === undefined) return (event) => withPayload(event, plainPayload(event));
  const { byName } = createContractTable(contract).events;
  return (event) => {
    const kind = byName.get(event.kind);
    if (kind === undefined) return undefined;
    const { payload } = event;
    const bytes = payload.case === "binary" ? payload.value : utf8.encode(payload.value ?? "");
    return withPayload(event, kind.decode(bytes));
  };
}

function plainPayload({ payload }: WatchEvent): unknown {
  return payload.case === "json" ? JSON.parse(payload.value) : payload.value;
}

function withPayload(event: WatchEvent, payload: unknown): PlainWatchEvent {
  const { kind, cursor, number, sender, timeMs } = event;
  return { kind, payload, cursor, number: Number(number), sender, timeMs: Number(timeMs) };
}
