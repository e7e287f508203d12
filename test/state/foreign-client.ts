import { create, mergeFromBinary, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import type { RowGroup, State, TablePatch } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { WireReader } from "../../shared/wire/wire-reader.ts";
import { WireWriter } from "../../shared/wire/wire-writer.ts";

/** An entity as a client in another language holds it: the generated message. */
export interface Entity {
  readonly key: string;
  readonly message: MessageShape<DescMessage>;
}

/**
 * What a client in another language does with State messages: generated code reads them, the rows of a group are put
 * together as `tag value tag value ...`, and protobuf merge does the rest.
 */
export class ForeignClient {
  tick = 0;
  readonly tables = new Map<number, Map<number, Entity>>();
  readonly #schemas: ReadonlyMap<number, DescMessage>;

  constructor(schemas: ReadonlyMap<number, DescMessage>) {
    this.#schemas = schemas;
  }

  apply(state: State): void {
    if (state.baseTick === 0n) this.tables.clear();
    else if (state.baseTick !== BigInt(this.tick)) throw new Error("wrong base");
    for (const patch of state.tables) this.#table(patch);
    this.tick = Number(state.tick);
  }

  /** The entities of a table by key. */
  byKey(table: number): Map<string, MessageShape<DescMessage>> {
    const entities = [...(this.tables.get(table)?.values() ?? [])];
    const byKey = new Map(entities.map(({ key, message }) => [key, message]));
    if (byKey.size !== entities.length) throw new Error("two rows have one key");
    return byKey;
  }

  #table(patch: TablePatch): void {
    const schema = this.#schemas.get(patch.table);
    if (schema === undefined) return;
    const rows = this.tables.get(patch.table) ?? new Map<number, Entity>();
    this.tables.set(patch.table, rows);
    for (const handle of patch.removed) {
      if (!rows.delete(handle)) throw new Error(`no row ${handle} to remove`);
    }
    for (const group of patch.groups) mergeGroup(schema, rows, group);
  }
}

function mergeGroup(schema: DescMessage, rows: Map<number, Entity>, group: RowGroup): void {
  const tags: number[] = [];
  const tagReader = new WireReader(group.tags);
  while (tagReader.pos < tagReader.end) tags.push(tagReader.varint());
  const reader = new WireReader(group.rows);
  while (reader.pos < reader.end) {
    const handle = reader.varint();
    if (group.created) rows.set(handle, { key: reader.string(), message: create(schema) });
    const entity = rows.get(handle);
    if (entity === undefined) throw new Error(`no row ${handle}`);
    for (const number of group.cleared) {
      const field = schema.fields.find((candidate) => candidate.number === number);
      if (field !== undefined) reflect(schema, entity.message).clear(field);
    }
    mergeFromBinary(schema, entity.message, rowMessage(reader, tags, group));
  }
}

/** The protobuf message a row stands for. */
function rowMessage(reader: WireReader, tags: readonly number[], group: RowGroup): Uint8Array {
  const writer = new WireWriter();
  for (const tag of tags) {
    writer.varint(tag);
    const start = reader.pos;
    reader.skip(tag & 7);
    writer.raw(reader.view(start, reader.pos));
  }
  if (group.merged) writer.raw(reader.delimited());
  return writer.copy();
}
