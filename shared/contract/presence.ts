import { json, type JsonType } from "./payload-type.ts";

/** A member of a room with `presence`, as everybody in it sees it (rule PS-1). */
export interface Member<Presence = unknown> {
  /** The client id. */
  readonly id: string;
  /** Whether it has a connection now; a seat without one is kept for the resume window. */
  readonly connected: boolean;
  /** Since when it has its seat, in milliseconds since the Unix epoch by the server's clock. */
  readonly sinceMs: number;
  /** What it says of itself; undefined until it has said something. */
  readonly presence?: Presence;
}

/** What a member says of itself in a room of this contract; `never` without presence. */
export type PresenceOf<P> = P extends JsonType<infer _In, infer Out> ? Out : never;

/** The same as it is given by the member. */
export type PresenceInitOf<P> = P extends JsonType<infer In, infer _Out> ? In : never;

/** What the engine itself adds to a contract with presence. No entry of a contract begins with this. */
export const reservedPrefix = "$";

/** The table of members: a row for each seat, by client id. */
export const membersTable = "$members";

/** The input by which a member says what it has to say of itself. */
export const presenceInput = "$presence";

/** The tables and inputs of a contract with what its presence adds, which comes last. */
export function withPresence<
  C extends {
    readonly state: object;
    readonly inputs: object;
    readonly presence: JsonType | undefined;
  },
>({ state, inputs, presence }: C): Pick<C, "state" | "inputs"> {
  if (presence === undefined) return { state, inputs };
  return {
    state: { ...state, [membersTable]: json<Member>() },
    inputs: { ...inputs, [presenceInput]: presence },
  };
}
