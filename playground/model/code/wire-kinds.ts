import { membersTable, presenceInput, reservedPrefix } from "../../../shared/contract/presence.ts";
import { Codec } from "../../../shared/gen/roomline/v1/realtime_pb.ts";
import type { PlayedCall } from "./played-call.ts";

/** An entry of a contract, as a server describes it. */
export interface WireKind {
  readonly name: string;
  readonly number: number;
  readonly codec: Codec;
  readonly messageType: string;
  readonly replyCodec: Codec;
  readonly replyType: string;
}

/** Whether an input has a reply. */
export function isAnswered({ replyCodec }: WireKind): boolean {
  return replyCodec !== Codec.UNSPECIFIED;
}

/** Whether a kind is the contract's own, and none that the engine adds. */
export function isOwn({ name }: WireKind): boolean {
  return !name.startsWith(reservedPrefix);
}

/** Whether any kind of the contract is a message. */
export function usesMessages({ info }: PlayedCall): boolean {
  const { inputs = [], events = [], tables = [] } = info.contract ?? {};
  return [...inputs, ...events, ...tables].some(
    ({ codec, replyCodec }) => codec === Codec.PROTOBUF || replyCodec === Codec.PROTOBUF,
  );
}

/** Whether the engine keeps the members of the room. */
export function hasPresence({ info }: PlayedCall): boolean {
  return info.contract?.inputs.some(({ name }) => name === presenceInput) ?? false;
}

/** The tables there are to look at, the members among them, and what each is called for people. */
export function ownTables(call: PlayedCall): { readonly name: string; readonly label: string }[] {
  const { tables = [] } = call.info.contract ?? {};
  return [
    ...tables.filter(isOwn).map(({ name }) => ({ name, label: name })),
    ...(hasPresence(call) ? [{ name: membersTable, label: "members" }] : []),
  ];
}
