import type { Contract } from "../../shared/contract/contract.ts";
import {
  contractTableToWire,
  createContractTable,
  tableKinds,
  type ContractTable,
} from "../../shared/contract/contract-table.ts";
import type { ContractTable as WireTable } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { Limits } from "../../shared/limits.ts";
import { compileMessageDecoder } from "../state/codegen/compiled-message-decoder.ts";
import type { AnyDefinition, RoomType } from "./define-room.ts";
import type { Durability } from "./room-api.ts";
import type { RoomLogConfig } from "../feed/log.ts";

/** Bounds of the inputs of one seat between two ticks (rule FL-2). */
export interface InputQueueConfig {
  readonly unackedInputsMax: number;
  readonly ephemeralInputsMax: number;
  /** Requests a seat may have open (rule IN-3). */
  readonly pendingRepliesMax: number;
}

/** A room type with every option resolved: what all rooms of the type share. */
export interface RoomTypeConfig {
  readonly type: string;
  readonly definition: AnyDefinition;
  /** The contract as it was written. */
  readonly entries: Contract;
  readonly contract: ContractTable;
  /** The same as Joined carries it. */
  readonly contractWire: WireTable;
  /** The tables that never leave the server. */
  readonly hidden: ContractTable["tables"];
  /** Whether its rooms can be put down and picked up again. */
  readonly portable: boolean;
  /** How much is kept of the recording of each room; undefined: they are not recorded. */
  readonly record: { readonly bytesMax: number; readonly ageMsMax: number } | undefined;
  /** What becomes of its rooms when the server ends. */
  readonly durability: Durability;
  /** How much is kept of its events beyond the log; undefined: nothing is. */
  readonly history: { readonly keepMs: number; readonly bytesMax: number } | undefined;
  /** After how long without anybody, and without anything that happens, a room sleeps; Infinity: never. */
  readonly sleepAfterMs: number;
  readonly tickRateHz: number;
  readonly updateRateHz: number;
  readonly maxPlayers: number;
  /** Whether lobbies list its rooms, unless they say otherwise. */
  readonly listed: boolean;
  readonly historyOnJoin: number;
  readonly emptyDelayMs: number;
  /** How long a seat is kept for a player without a connection. */
  readonly resumeWindowMs: number;
  readonly matchBy: readonly string[];
  /** How long rows stay that go by themselves, by table. */
  readonly rowTtlMs: ReadonlyMap<string, number>;
  readonly log: RoomLogConfig;
  readonly inputs: InputQueueConfig;
  /** The largest event or reply. */
  readonly messageBytesMax: number;
  readonly ephemeralRingMax: number;
  readonly tombstonesMax: number;
  /** How long the room's code is waited for. */
  readonly hookTimeoutMs: number;
}

/** Completes a room type with the defaults of the server. */
export function resolveRoomTypeConfig(
  type: string,
  room: RoomType,
  limits: Limits,
): RoomTypeConfig {
  const { contract, definition } = room;
  const tickRateHz = definition.tickRateHz ?? 0;
  const rateMax = tickRateHz === 0 ? 240 : tickRateHz;
  const table = createContractTable(contract, compileMessageDecoder);
  return {
    type,
    definition,
    entries: contract,
    contract: table,
    contractWire: contractTableToWire(table),
    hidden: tableKinds(definition.hidden ?? {}),
    portable: definition.portable ?? definition.save !== undefined,
    durability: definition.durability ?? "volatile",
    sleepAfterMs: definition.sleepAfterMs ?? Infinity,
    record: recordOf(definition),
    history: definition.history && { bytesMax: historyBytesMax, ...definition.history },
    tickRateHz,
    updateRateHz: Math.min(definition.updateRateHz ?? 20, rateMax),
    maxPlayers: definition.maxPlayers ?? 100,
    listed: definition.listed ?? true,
    historyOnJoin: definition.historyOnJoin ?? 0,
    emptyDelayMs: definition.emptyDelayMs ?? limits.emptyRoomDelayMs,
    resumeWindowMs: definition.resumeWindowMs ?? limits.resumeWindowMs,
    matchBy: definition.matchBy ?? [],
    rowTtlMs: ttlsOf(definition),
    log: {
      entriesMax: definition.log?.entriesMax ?? limits.roomLogEntriesMax,
      bytesMax: definition.log?.bytesMax ?? limits.roomLogBytesMax,
      ageMsMax: definition.log?.ageMsMax ?? limits.roomLogAgeMsMax,
    },
    inputs: {
      unackedInputsMax: limits.unackedInputsMax,
      ephemeralInputsMax: limits.ephemeralInputsMax,
      pendingRepliesMax: limits.pendingRepliesMax,
    },
    messageBytesMax: limits.messageBytesMax,
    ephemeralRingMax: limits.ephemeralRingMax,
    tombstonesMax: limits.tombstonesMax,
    hookTimeoutMs: limits.hookTimeoutMs,
  };
}

const historyBytesMax = 64 * 1_024 * 1_024;

const recordDefault = { bytesMax: 16 * 1_024 * 1_024, ageMsMax: 600_000 };

function recordOf({ record = false }: AnyDefinition): RoomTypeConfig["record"] {
  if (record === false) return undefined;
  return record === true ? recordDefault : { ...recordDefault, ...record };
}

function ttlsOf({ rowTtlMs = {} }: AnyDefinition): ReadonlyMap<string, number> {
  const given = Object.entries(rowTtlMs as Readonly<Record<string, number | undefined>>);
  return new Map(given.flatMap(([table, ttlMs]) => (ttlMs === undefined ? [] : [[table, ttlMs]])));
}
