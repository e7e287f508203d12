import { create } from "@bufbuild/protobuf";
import {
  Codec,
  ContractTableSchema,
  type ContractTable as WireTable,
} from "../gen/roomline/v1/realtime_pb.ts";
import type { Contract } from "./contract.ts";
import { plainMessageDecoder } from "./message-decoder.ts";
import { payloadCodec, type PayloadCodec } from "./payload-codec.ts";
import { isReplyType, type PayloadType } from "./payload-type.ts";
import { withPresence } from "./presence.ts";

/** An input or event kind, ready for use. */
export interface Kind extends PayloadCodec {
  readonly name: string;
  /** The number that stands for it on the wire. */
  readonly number: number;
  /** Of an answered input, that of the request. */
  readonly type: PayloadType;
  /** The codec of its reply, for inputs that are answered. */
  readonly reply?: PayloadCodec;
}

/** A replicated table of a contract. */
export interface TableKind {
  readonly name: string;
  readonly number: number;
  readonly type: PayloadType;
}

/** A contract ready for use: kinds by name and by number. Numbers count from 1 in the order of the contract. */
export interface ContractTable {
  /** What the contract is called; empty: nothing. */
  readonly name: string;
  readonly inputs: KindSet<Kind>;
  readonly events: KindSet<Kind>;
  readonly tables: KindSet<TableKind>;
}

/** Kinds that can be found both ways. */
interface KindSet<K> {
  readonly all: readonly K[];
  readonly byName: ReadonlyMap<string, K>;
  /** Index is the number; index 0 is empty. */
  readonly byNumber: readonly (K | undefined)[];
}

function kindSet<K extends { readonly name: string; readonly number: number }>(
  all: readonly K[],
): KindSet<K> {
  const byNumber: (K | undefined)[] = [];
  for (const kind of all) byNumber[kind.number] = kind;
  return { all, byName: new Map(all.map((kind) => [kind.name, kind])), byNumber };
}

/**
 * Gives every entry of a contract its codec, by choice with other readers of messages, and its number; what its presence adds
 * comes last (rule PS-1).
 */
export function createContractTable(
  contract: Contract,
  decoderOf = plainMessageDecoder,
): ContractTable {
  const { state, inputs } = withPresence(contract);
  return {
    name: contract.name,
    inputs: kindSet(
      Object.entries(inputs).map(([name, type], index): Kind => {
        const number = index + 1;
        if (!isReplyType(type)) return { name, number, type, ...payloadCodec(type, decoderOf) };
        const { request, reply } = type;
        return {
          name,
          number,
          type: request,
          ...payloadCodec(request, decoderOf),
          reply: payloadCodec(reply, decoderOf),
        };
      }),
    ),
    events: kindSet(
      Object.entries(contract.events).map(([name, type], index) => ({
        name,
        number: index + 1,
        type,
        ...payloadCodec(type, decoderOf),
      })),
    ),
    tables: tableKinds(state),
  };
}

/** Numbers tables in their order, from 1. */
export function tableKinds(tables: Readonly<Record<string, PayloadType>>): KindSet<TableKind> {
  return kindSet(
    Object.entries(tables).map(([name, type], index) => ({ name, number: index + 1, type })),
  );
}

/** The table as Joined carries it. */
export function contractTableToWire(table: ContractTable): WireTable {
  const kind = ({ name, number, codec, typeName, reply }: Kind) => ({
    name,
    number,
    codec,
    messageType: typeName,
    replyCodec: reply?.codec ?? Codec.UNSPECIFIED,
    replyType: reply?.typeName ?? "",
  });
  return create(ContractTableSchema, {
    name: table.name,
    inputs: table.inputs.all.map(kind),
    events: table.events.all.map(kind),
    tables: table.tables.all.map(({ name, number, type }) => {
      const { codec, typeName } = payloadCodec(type);
      return { name, number, codec, messageType: typeName };
    }),
  });
}

/**
 * A contract table with the numbers the server gave, matched by name, so that two ends whose contracts differ still
 * understand each other in what they share. Entries the server does not have are left out.
 */
export function renumberContractTable(table: ContractTable, wire: WireTable): ContractTable {
  const renumber = <K extends Kind | TableKind>(
    own: KindSet<K>,
    theirs: readonly { readonly name: string; readonly number: number }[],
  ): KindSet<K> =>
    kindSet(
      theirs.flatMap(({ name, number }) => {
        const kind = own.byName.get(name);
        return kind === undefined ? [] : [{ ...kind, number }];
      }),
    );
  return {
    name: table.name,
    inputs: renumber(table.inputs, wire.inputs),
    events: renumber(table.events, wire.events),
    tables: renumber(table.tables, wire.tables),
  };
}
