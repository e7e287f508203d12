import { RoomlineError } from "../errors.ts";
import { isInputType, type InputType, type PayloadType } from "./payload-type.ts";

/** The tables, inputs and events of a room type: what both ends have to agree on. Made by {@link defineContract}. */
export interface Contract<
  State extends Record<string, PayloadType> = Record<string, PayloadType>,
  Inputs extends Record<string, InputType> = Record<string, InputType>,
  Events extends Record<string, PayloadType> = Record<string, PayloadType>,
> {
  /** Replicated tables: name to the type of a row. */
  readonly state: State;
  /** What players send: name to the type of the payload. */
  readonly inputs: Inputs;
  /** What the room publishes: name to the type of the payload. */
  readonly events: Events;
}

/** No entries. */
// eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type -- an object without keys is what is meant
export type Nothing = Record<never, never>;

/**
 * Defines what a room type and its clients say to each other. Shared by both; holds no server code. The types of rooms
 * and sessions flow from it. Each entry is a protobuf-es schema or `json(schema)`; an input that is answered is
 * `withReply(request, reply)`.
 * @throws RoomlineError `invalid-config` when an entry is none of these
 */
export function defineContract<
  State extends Record<string, PayloadType> = Nothing,
  Inputs extends Record<string, InputType> = Nothing,
  Events extends Record<string, PayloadType> = Nothing,
>(entries: {
  readonly state?: State;
  readonly inputs?: Inputs;
  readonly events?: Events;
}): Contract<State, Inputs, Events> {
  for (const [section, kinds] of Object.entries(entries)) {
    if (!["state", "inputs", "events"].includes(section)) {
      throw invalid(
        `"${section}" is no section of a contract: there are state, inputs and events.`,
      );
    }
    for (const [name, type] of Object.entries(kinds)) {
      if (isInputType(type)) continue;
      throw invalid(`${section}.${name} is neither json(schema) nor a protobuf-es message schema.`);
    }
  }
  return {
    state: entries.state ?? ({} as State),
    inputs: entries.inputs ?? ({} as Inputs),
    events: entries.events ?? ({} as Events),
  };
}

function invalid(message: string): RoomlineError {
  return new RoomlineError("invalid-config", `defineContract: ${message}`);
}
