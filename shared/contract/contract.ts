import { RoomlineError, type RoomlineErrorCode } from "../errors.ts";
import { isName } from "../ids.ts";
import { checkNames } from "../known-names.ts";
import { isInputType, type InputType, type PayloadType } from "./payload-type.ts";

/** The tables, inputs and events of a room type: what both ends have to agree on. Made by {@link defineContract}. */
export interface Contract<
  State extends Record<string, PayloadType> = Record<string, PayloadType>,
  Inputs extends Record<string, InputType> = Record<string, InputType>,
  Events extends Record<string, PayloadType> = Record<string, PayloadType>,
> {
  /** What it is called; empty: nothing. A client joins no room whose contract has another name (rule JN-9). */
  readonly name: string;
  /** Replicated tables: name to the type of a row. */
  readonly state: State;
  /** What players send: name to the type of the payload. */
  readonly inputs: Inputs;
  /** What the room publishes: name to the type of the payload. */
  readonly events: Events;
}

const sectionNames = { state: true, inputs: true, events: true } as const;

/** No entries. */
// eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type -- an object without keys is what is meant
export type Nothing = Record<never, never>;

/**
 * Defines what a room type and its clients say to each other. Shared by both; holds no server code. The types of rooms
 * and sessions flow from it. Each entry is a protobuf-es schema or `json(schema)`; an input that is answered is
 * `withReply(request, reply)`. With a `name`, such as "chess/2", of 1 to 128 characters, a client that has another contract
 * is told so when it joins.
 * @throws RoomlineError `invalid-config` when an entry is none of these
 */
export function defineContract<
  State extends Record<string, PayloadType> = Nothing,
  Inputs extends Record<string, InputType> = Nothing,
  Events extends Record<string, PayloadType> = Nothing,
>(entries: {
  readonly name?: string;
  readonly state?: State;
  readonly inputs?: Inputs;
  readonly events?: Events;
}): Contract<State, Inputs, Events> {
  checkNames("defineContract", entries, { name: true, ...sectionNames }, { noun: "section" });
  const { name = "", ...sections } = entries;
  if (name !== "" && (typeof name !== "string" || !isName(name))) {
    throw invalid("a name has 1 to 128 characters and no control characters.");
  }
  for (const [section, kinds] of Object.entries(sections)) {
    for (const [kind, type] of Object.entries(kinds)) {
      if (isInputType(type)) continue;
      throw invalid(`${section}.${kind} is neither json(schema) nor a protobuf-es message schema.`);
    }
  }
  return {
    name,
    state: entries.state ?? ({} as State),
    inputs: entries.inputs ?? ({} as Inputs),
    events: entries.events ?? ({} as Events),
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
