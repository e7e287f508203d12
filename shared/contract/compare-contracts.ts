import { Codec, type ContractTable as WireTable } from "../gen/roomline/v1/realtime_pb.ts";
import type { ContractTable, Kind, TableKind } from "./contract-table.ts";
import { payloadCodec } from "./payload-codec.ts";

/** How the contract of a client compares with that of a room. */
interface ContractComparison {
  /**
   * `same`: the room has all that the client has. `partial`: the room lacks some of it, as while a new version is rolled out.
   * `other`: something of the same name is something else, or there is nothing they share.
   */
  readonly kind: "same" | "partial" | "other";
  /** What differs, for people; empty when nothing does. */
  readonly detail: string;
}

type WireKind = WireTable["inputs"][number];

/** What an entry is, for people: how it travels. */
interface Shape {
  readonly payload: string;
  readonly reply: string;
}

/** Differences told of at most. */
const toldMax = 3;

/** Compares a client's contract with the table that came in Joined. What the room has beside that does not matter. */
export function compareContracts(own: ContractTable, room: WireTable): ContractComparison {
  const clashes: string[] = [];
  const missing: string[] = [];
  let shared = 0;
  const compare = <K extends { readonly name: string }>(
    what: string,
    ours: readonly K[],
    theirs: readonly WireKind[],
    shapeOf: (kind: K) => Shape,
  ): void => {
    const byName = new Map(theirs.map((kind) => [kind.name, kind]));
    for (const kind of ours) {
      const other = byName.get(kind.name);
      const clash = other === undefined ? undefined : clashOf(shapeOf(kind), wireShape(other));
      if (other === undefined) missing.push(`it has no ${what} "${kind.name}"`);
      else if (clash !== undefined) clashes.push(`${what} "${kind.name}" is ${clash}`);
      else shared++;
    }
  };
  compare("input", own.inputs.all, room.inputs, kindShape);
  compare("event", own.events.all, room.events, kindShape);
  compare("table", own.tables.all, room.tables, tableShape);
  if (clashes.length > 0) return { kind: "other", detail: told(clashes) };
  if (missing.length === 0) return { kind: "same", detail: "" };
  return { kind: shared === 0 ? "other" : "partial", detail: told(missing) };
}

function clashOf(ours: Shape, theirs: Shape): string | undefined {
  if (ours.payload !== theirs.payload) return `${theirs.payload} there and ${ours.payload} here`;
  if (ours.reply === theirs.reply) return undefined;
  return `answered with ${theirs.reply} there and ${ours.reply} here`;
}

function kindShape({ codec, typeName, reply }: Kind): Shape {
  return { payload: shape(codec, typeName), reply: replyShape(reply?.codec, reply?.typeName) };
}

function tableShape({ type }: TableKind): Shape {
  const { codec, typeName } = payloadCodec(type);
  return { payload: shape(codec, typeName), reply: replyShape(undefined, "") };
}

function wireShape({ codec, messageType, replyCodec, replyType }: WireKind): Shape {
  return { payload: shape(codec, messageType), reply: replyShape(replyCodec, replyType) };
}

function replyShape(codec: Codec | undefined, typeName = ""): string {
  return codec === undefined || codec === Codec.UNSPECIFIED ? "nothing" : shape(codec, typeName);
}

function shape(codec: Codec, typeName: string): string {
  return codec === Codec.JSON ? "JSON" : typeName;
}

function told(differences: readonly string[]): string {
  const more = differences.length - toldMax;
  const some = differences.slice(0, toldMax).join(", ");
  return more > 0 ? `${some} and ${more} more` : some;
}
