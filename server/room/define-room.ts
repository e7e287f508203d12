import type { Contract } from "../../shared/contract/contract.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { RoomBehavior, RoomDefinition } from "./room-api.ts";

/** A room type: a contract and the code of its rooms. Made by {@link defineRoom}, given to `createServer`. */
export interface RoomType {
  readonly contract: Contract;
  readonly definition: AnyDefinition;
}

/** A definition whose contract and data are no longer known to the compiler. */
export type AnyDefinition = RoomBehavior<Contract, unknown>;

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
export function defineRoom<C extends Contract, Given extends Key = never, Data = UnsaidData<Given>>(
  contract: C,
  definition: RoomDefinition<C, Data> & { readonly [K in Given]?: unknown },
): RoomType {
  checkRange("tickRateHz", definition.tickRateHz, 0, 240);
  checkRange("updateRateHz", definition.updateRateHz, 0.1, 240);
  checkCount("maxPlayers", definition.maxPlayers, 1, 100_000);
  checkCount("historyOnJoin", definition.historyOnJoin, 0, 1_000_000);
  checkCount("log.entriesMax", definition.log?.entriesMax, 1, 1_000_000);
  checkRange("log.bytesMax", definition.log?.bytesMax, 1, 2 ** 30);
  checkRange("log.ageMsMax", definition.log?.ageMsMax, 1, Infinity);
  checkRange("emptyDelayMs", definition.emptyDelayMs, 0, Infinity);
  checkRange("resumeWindowMs", definition.resumeWindowMs, 0, Infinity);
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
