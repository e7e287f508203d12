import { contractTableToWire, createContractTable } from "../../shared/contract/contract-table.ts";
import { defineContract } from "../../shared/contract/contract.ts";
import type { Kind } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { RoomTypeConfig } from "../room/config.ts";
import { describeType } from "../room/describe-type.ts";

/** The hidden tables, as a contract of their own. */
function hiddenContract({ definition }: RoomTypeConfig) {
  return defineContract({ state: { ...definition.hidden } });
}

/** The hidden tables, as a contract table lists them. */
export function hiddenKinds(config: RoomTypeConfig): Kind[] {
  return contractTableToWire(createContractTable(hiddenContract(config))).tables;
}

/** A FileDescriptorSet of all messages that rows, inputs and events of a room are. */
export function describeFiles(config: RoomTypeConfig): Uint8Array {
  const { entries, definition } = config;
  const state = { ...entries.state };
  // Of any other name than that of a table: only the messages count.
  for (const [name, type] of Object.entries(definition.hidden ?? {}))
    state[`hidden ${name}`] = type;
  return describeType({ ...config, entries: { ...entries, state } }).fileDescriptorSet;
}
