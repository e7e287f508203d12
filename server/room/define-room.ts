import { checkContract, type Contract } from "../../shared/contract/contract.ts";
import { isInputType, isReplyType } from "../../shared/contract/payload-type.ts";
import { isSchema } from "../../shared/contract/schema-check.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { checkNames, suggestion, type NamesOf } from "../../shared/known-names.ts";
import type { HiddenTypes, RoomBehavior, RoomDefinition } from "./room-api.ts";

/** A room type: a contract and the code of its rooms. Made by {@link defineRoom}, given to `createServer`. */
export interface RoomType<C extends Contract = Contract> {
  readonly contract: C;
  readonly definition: AnyDefinition;
}

/** A definition whose contract and data are no longer known to the compiler. */
export type AnyDefinition = RoomBehavior<Contract, unknown>;

/** No tables. */
// eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type -- an object without keys is what is meant
type NoTables = Record<never, never>;

/** A day. */
const rowTtlMsMax = 86_400_000;

/** What a definition may have. */
type Key = keyof AnyDefinition;

/**
 * What `room.data` is where nothing says it: nothing without `create`; anything in handlers that are written before one with
 * parameters, for the compiler looks at them in their order.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what the compiler does not know it cannot check
type UnsaidData<Given extends Key> = "create" extends Given ? any : undefined;

/**
 * Defines a room type. `Given` is what the definition has, and of no use to name.
 * @throws RoomlineError `invalid-config` when a number is out of range or an input has no handler
 */
export function defineRoom<
  C extends Contract,
  Given extends Key = never,
  Data = UnsaidData<Given>,
  Claims = unknown,
  Hidden extends HiddenTypes = NoTables,
>(
  contract: C,
  definition: RoomDefinition<C, Data, Claims, Hidden> & { readonly [K in Given]?: unknown },
): RoomType<C> {
  checkContract("defineRoom", contract, "invalid-config");
  checkDefinition(contract, definition);
  checkRange("tickRateHz", definition.tickRateHz, 0, 240);
  checkRange("updateRateHz", definition.updateRateHz, 0.1, 240);
  checkCount("maxPlayers", definition.maxPlayers, 1, 100_000);
  checkCount("historyOnJoin", definition.historyOnJoin, 0, 1_000_000);
  checkCount("log.entriesMax", definition.log?.entriesMax, 1, 1_000_000);
  checkRange("log.bytesMax", definition.log?.bytesMax, 1, 2 ** 30);
  checkRange("log.ageMsMax", definition.log?.ageMsMax, 1, Infinity);
  checkRange("emptyDelayMs", definition.emptyDelayMs, 0, Infinity);
  checkRange("resumeWindowMs", definition.resumeWindowMs, 0, Infinity);
  checkRange("sleepAfterMs", definition.sleepAfterMs, 100, Infinity);
  checkRecord(definition.record);
  checkHistory(definition);
  for (const [table, ttlMs] of Object.entries(definition.rowTtlMs ?? {}))
    checkRange(`rowTtlMs.${table}`, ttlMs, 1, rowTtlMsMax);
  for (const kind of Object.keys(contract.inputs)) {
    if (hasHandler(definition.onInput, kind)) continue;
    throw new RoomlineError(
      "invalid-config",
      `defineRoom: the contract has an input "${kind}", but onInput has no handler of that name. Add one.`,
    );
  }
  // Each room calls its handlers only with payloads that its own contract's codecs decoded, so nothing is lost by
  // forgetting the types here.
  return { contract, definition: definition as unknown as AnyDefinition };
}

/** Whether there is a handler of this name. What every object has under a name is none, be the name `constructor`. */
function hasHandler(onInput: object | undefined, kind: string): boolean {
  if (onInput === undefined || (kind in Object.prototype && !Object.hasOwn(onInput, kind)))
    return false;
  return typeof (onInput as Readonly<Record<string, unknown>>)[kind] === "function";
}

/** Whether this was made by {@link defineRoom}. */
export function isRoomType(value: unknown): value is RoomType {
  return (
    typeof value === "object" && value !== null && "contract" in value && "definition" in value
  );
}

const optionNames = {
  tickRateHz: true,
  updateRateHz: true,
  maxPlayers: true,
  listed: true,
  historyOnJoin: true,
  log: true,
  emptyDelayMs: true,
  resumeWindowMs: true,
  matchBy: true,
  rowTtlMs: true,
  claims: true,
  watchable: true,
  errorPolicy: true,
  hidden: true,
  portable: true,
  durability: true,
  sleepAfterMs: true,
  record: true,
  history: true,
  onInput: true,
  onAlarm: true,
} as const;

const hookNames = {
  authorize: true,
  create: true,
  save: true,
  load: true,
  nameOf: true,
  onWatch: true,
  onJoin: true,
  onDrop: true,
  onResume: true,
  onLeave: true,
  onTick: true,
  onOverrun: true,
  onDrain: true,
  onClose: true,
} as const;

const definitionNames: NamesOf<AnyDefinition> = { ...hookNames, ...optionNames };

const logNames: NamesOf<NonNullable<AnyDefinition["log"]>> = {
  entriesMax: true,
  bytesMax: true,
  ageMsMax: true,
};

const historyNames = { keepMs: true, bytesMax: true } as const;

const recordNames = { bytesMax: true, ageMsMax: true } as const;

/** Names that nobody would read, and hooks that cannot be called. */
function checkDefinition(contract: Contract, definition: object): void {
  checkNames("defineRoom", definition, definitionNames, { noun: "hook or option" });
  const { log, claims, rowTtlMs, onInput = {} } = definition as Partial<Record<Key, unknown>>;
  if (claims !== undefined && !isSchema(claims))
    throw refused("claims has to be a Standard Schema validator, such as z.object({ … }) of zod.");
  if (log !== undefined) checkNames("defineRoom: log", log, logNames);
  if (rowTtlMs !== undefined)
    checkNames("defineRoom: rowTtlMs", rowTtlMs, contract.state, { noun: "table" });
  const handlers = onInput as Readonly<Record<string, unknown>>;
  const inputs = Object.keys(contract.inputs);
  for (const [name, handler] of Object.entries(handlers)) {
    if (!inputs.includes(name)) {
      const meant = inputs.length === 0 ? "It has no inputs." : suggestion(name, inputs);
      throw refused(
        `onInput has a handler "${name}", but the contract has no such input. ${meant}`,
      );
    }
    if (typeof handler !== "function") throw refused(`onInput.${name} has to be a function.`);
  }
  for (const name of Object.keys(hookNames)) {
    const hook = (definition as Readonly<Record<string, unknown>>)[name];
    if (hook !== undefined && typeof hook !== "function")
      throw refused(`${name} has to be a function.`);
  }
  checkPortable(definition);
}

/** What can be seen of whether its rooms can be put down and picked up again. */
function checkPortable(definition: Partial<Record<Key, unknown>>): void {
  const { hidden = {}, onAlarm = {}, save, load, portable, durability, sleepAfterMs } = definition;
  for (const [name, type] of Object.entries(hidden as Readonly<Record<string, never>>)) {
    if (!isInputType(type) || isReplyType(type))
      throw refused(`hidden.${name} is neither json() nor a protobuf-es message schema.`);
  }
  for (const [name, handler] of Object.entries(onAlarm as Readonly<Record<string, unknown>>)) {
    if (typeof handler !== "function") throw refused(`onAlarm.${name} has to be a function.`);
  }
  if (portable !== undefined && typeof portable !== "boolean")
    throw refused("portable has to be true or false.");
  if ((save === undefined) !== (load === undefined)) {
    const [there, missing] = save === undefined ? ["load", "save"] : ["save", "load"];
    throw refused(
      `it has ${there} and no ${missing}: a room that is put down by the one is picked up by the other. Add ${missing}.`,
    );
  }
  if (![undefined, "volatile", "checkpoint", "durable"].includes(durability as string))
    throw refused(`durability has to be "volatile", "checkpoint" or "durable".`);
  if (
    (durability === "checkpoint" || durability === "durable") &&
    portable !== true &&
    save === undefined
  )
    throw refused(
      "its rooms are to be stored, and it is not portable: give it portable: true when room.data is plain, or else save and load.",
    );
  if ((sleepAfterMs ?? Infinity) !== Infinity && durability !== "durable")
    throw refused(
      'sleepAfterMs is for rooms that are whole in the store: give it durability: "durable", or leave sleepAfterMs out.',
    );
  if (portable === false && save !== undefined)
    throw refused("it has save and load, and is not portable: leave out one or the other.");
}

function checkRecord(record: unknown): void {
  if (record === undefined || typeof record === "boolean") return;
  if (typeof record !== "object" || record === null)
    throw refused("record has to be true, false, or { bytesMax, ageMsMax }.");
  checkNames("defineRoom: record", record, recordNames);
  const { bytesMax, ageMsMax } = record as { bytesMax?: number; ageMsMax?: number };
  checkRange("record.bytesMax", bytesMax, 65_536, 2 ** 40);
  checkRange("record.ageMsMax", ageMsMax, 1_000, Infinity);
}

function checkHistory(definition: Partial<Record<Key, unknown>>): void {
  const { history, durability } = definition;
  if (history === undefined) return;
  if (typeof history !== "object" || history === null)
    throw refused(
      "history has to be { keepMs, bytesMax }: how long events are kept, and how many.",
    );
  checkNames("defineRoom: history", history, historyNames);
  const { keepMs, bytesMax } = history as { keepMs?: number; bytesMax?: number };
  if (keepMs === undefined)
    throw refused("history has no keepMs: say how long events are kept, in milliseconds.");
  checkRange("history.keepMs", keepMs, 1_000, Infinity);
  checkRange("history.bytesMax", bytesMax, 65_536, 2 ** 40);
  if (durability !== "durable")
    throw refused(
      'it has a history, which is kept in the store with all that is shown: give it durability: "durable".',
    );
}

function refused(message: string): RoomlineError {
  return new RoomlineError("invalid-config", `defineRoom: ${message}`);
}

function checkCount(name: string, value: number | undefined, min: number, max: number): void {
  checkRange(name, value, min, max);
  if (value === undefined || Number.isInteger(value)) return;
  throw new RoomlineError("invalid-config", `defineRoom: ${name} is ${value}, it has to be whole.`);
}

function checkRange(name: string, value: number | undefined, min: number, max: number): void {
  if (value === undefined || (value >= min && value <= max)) return;
  throw new RoomlineError(
    "invalid-config",
    `defineRoom: ${name} is ${value}, it has to be a number from ${min} to ${max}.`,
  );
}
