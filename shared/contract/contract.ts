import { RoomlineError, type RoomlineErrorCode } from "../errors.ts";
import { isName } from "../ids.ts";
import { checkNames } from "../known-names.ts";
import {
  isInputType,
  isJsonType,
  type InputType,
  type JsonType,
  type PayloadType,
} from "./payload-type.ts";
import { reservedPrefix } from "./presence.ts";

/** The tables, inputs and events of a room type: what both ends have to agree on. Made by {@link defineContract}. */
export interface Contract<
  State extends Record<string, PayloadType> = Record<string, PayloadType>,
  Inputs extends Record<string, InputType> = Record<string, InputType>,
  Events extends Record<string, PayloadType> = Record<string, PayloadType>,
  Presence extends JsonType | undefined = JsonType | undefined,
> {
  /** What it is called; empty: nothing. A client joins no room whose contract has another name (rule JN-9). */
  readonly name: string;
  /** Replicated tables: name to the type of a row. */
  readonly state: State;
  /** What players send: name to the type of the payload. */
  readonly inputs: Inputs;
  /** What the room publishes: name to the type of the payload. */
  readonly events: Events;
  /** What members say of themselves; undefined: the engine keeps no list of them (rules PS). */
  readonly presence: Presence;
}

const sectionNames = { state: true, inputs: true, events: true } as const;

/** No entries. */
// eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type -- an object without keys is what is meant
export type Nothing = Record<never, never>;

/**
 * Defines what a room type and its clients say to each other. Shared by both; holds no server code. The types of rooms
 * and sessions flow from it. Each entry is a protobuf-es schema or `json(schema)`; an input that is answered is
 * `withReply(request, reply)`. With `presence`, which is `json(schema)`, the engine keeps a list of the members that all of them
 * see: who is there, since when, and what each says of itself. With a `name`, such as "chess/2", of 1 to 128 characters, a client that has another contract
 * is told so when it joins.
 * @throws RoomlineError `invalid-config` when an entry is none of these, or its name begins with `$`
 */
export function defineContract<
  State extends Record<string, PayloadType> = Nothing,
  Inputs extends Record<string, InputType> = Nothing,
  Events extends Record<string, PayloadType> = Nothing,
  Presence extends JsonType | undefined = undefined,
>(entries: {
  readonly name?: string;
  readonly state?: State;
  readonly inputs?: Inputs;
  readonly events?: Events;
  readonly presence?: Presence;
}): Contract<State, Inputs, Events, Presence> {
  const names = { name: true, presence: true, ...sectionNames } as const;
  checkNames("defineContract", entries, names, { noun: "section" });
  const { name = "", presence, ...sections } = entries;
  if (name !== "" && (typeof name !== "string" || !isName(name))) {
    throw invalid("a name has 1 to 128 characters and no control characters.");
  }
  for (const [section, kinds] of Object.entries(sections)) {
    for (const [kind, type] of Object.entries(kinds)) {
      if (kind.startsWith(reservedPrefix))
        throw invalid(
          `${section}.${kind}: names that begin with ${reservedPrefix} are the engine's own.`,
        );
      if (isInputType(type)) continue;
      throw invalid(`${section}.${kind} is neither json(schema) nor a protobuf-es message schema.`);
    }
  }
  if (presence !== undefined && !isJsonType(presence)) {
    throw invalid("presence is json(schema): what a member may say of itself.");
  }
  return {
    name,
    state: entries.state ?? ({} as State),
    inputs: entries.inputs ?? ({} as Inputs),
    events: entries.events ?? ({} as Events),
    presence: presence as Presence,
  };
}

/**
 * Refuses what is no contract where one is needed.
 * @param where what was called: "join"
 * @throws RoomlineError
 */
export function checkContract(where: string, given: unknown, code: RoomlineErrorCode): void {
  const isOne =
    typeof given === "object" &&
    given !== null &&
    Object.keys(sectionNames).every((name) => name in given);
  if (isOne) return;
  const what =
    typeof given === "string" ? `the text "${given.slice(0, 64)}"` : `this ${typeof given}`;
  throw new RoomlineError(
    code,
    `${where} takes a contract first, made by defineContract, and then its options; ${what} is none.`,
  );
}

function invalid(message: string): RoomlineError {
  return new RoomlineError("invalid-config", `defineContract: ${message}`);
}
