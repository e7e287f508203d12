import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { RoomlineError } from "../../../shared/errors.ts";
import {
  AudienceSchema,
  EntrySchema,
  type Entry,
} from "../../../shared/gen/roomline/node/v1/node_pb.ts";
import {
  FeedImageSchema,
  HeldEntrySchema,
  OpenImageSchema,
  RoomImageSchema,
  SeatsImageSchema,
  type FeedImage,
  type OpenImage,
  type RoomImage,
  type SeatsImage,
} from "../../../shared/gen/roomline/room/v1/image_pb.ts";
import {
  Codec,
  ContractTableSchema,
  ServerMessageSchema,
  type ContractTable as WireTable,
} from "../../../shared/gen/roomline/v1/realtime_pb.ts";
import type { ContractTable } from "../../../shared/contract/contract-table.ts";
import type { PayloadType } from "../../../shared/contract/payload-type.ts";
import { sameBytes } from "../../../shared/state/scalar-codec.ts";
import { createRowLayout } from "../../../shared/state/row-layout.ts";
import { fieldsOf, type FieldAbout } from "../../state/field-image.ts";
import { areUnderstood } from "../../state/other-fields.ts";
import type { RoomTypeConfig } from "../config.ts";

/** An image as a room type of another contract picks it up. */
export interface AdaptedImage {
  readonly image: RoomImage;
  /**
   * Whether those who are in the room understand what it says from now on: all that they know is there, under the same numbers. Otherwise
   * it goes on in a new life, and they join it anew (rule MV-8).
   */
  readonly isUnderstood: boolean;
}

type WireKind = WireTable["inputs"][number];

/** A number that no kind has: who is told of it, or asks for it, is told that there is none. */
const noKind = 0xffff_ffff;

/**
 * Makes an image of a room whose contract was another one what a room of this contract can pick up, as far as that can be: entries are
 * matched by their names (rule MV-7). Events and inputs that are not there any more, or are something else, come along as numbers
 * without a meaning. Tables are matched where they are read.
 * @throws RoomlineError `contract-mismatch`: a table is something else, by its name; `invalid-image`
 */
export function adaptImage(image: RoomImage, config: RoomTypeConfig): AdaptedImage {
  const { contract: theirs } = image;
  if (theirs === undefined)
    throw new RoomlineError("invalid-image", "This is no whole room image: it has no contract.");
  const { contractWire: ours } = config;
  const isSame = isSameContract(theirs, ours);
  const isUnderstood =
    (isSame || isGrown(theirs, ours)) && areRowsUnderstood(image, config.contract.tables);
  if (isSame) return { image, isUnderstood };
  for (const table of theirs.tables) checkTable(image, table, ours);
  const events = renumbering(theirs.events, ours.events);
  const inputs = renumbering(theirs.inputs, ours.inputs);
  const { feed, open, seats } = image;
  const adapted = create(RoomImageSchema, {
    ...image,
    contract: ours,
    ...(feed !== undefined && { feed: renumberFeed(feed, events) }),
    ...(open !== undefined && { open: renumberOpen(open, events) }),
    ...(seats !== undefined && { seats: renumberSeats(seats, inputs) }),
  });
  return { image: adapted, isUnderstood };
}

function isSameContract(theirs: WireTable, ours: WireTable): boolean {
  const bytesOf = (table: WireTable) => toBinary(ContractTableSchema, table);
  return sameBytes(bytesOf(theirs), bytesOf(ours));
}

/** Whether all of theirs is there with its number, and only more has come. */
function isGrown(theirs: WireTable, ours: WireTable): boolean {
  if (theirs.name !== ours.name) return false;
  const isThere = (kinds: readonly WireKind[]) => (kind: WireKind) => {
    const other = kinds.find(({ number }) => number === kind.number);
    return other !== undefined && other.name === kind.name && isSameKind(kind, other);
  };
  return (
    theirs.inputs.every(isThere(ours.inputs)) &&
    theirs.events.every(isThere(ours.events)) &&
    theirs.tables.every(isThere(ours.tables))
  );
}

function isSameKind(one: WireKind, other: WireKind): boolean {
  return (
    one.codec === other.codec &&
    one.messageType === other.messageType &&
    one.replyCodec === other.replyCodec &&
    one.replyType === other.replyType
  );
}

/** Whether whoever has read the rows of before reads those of now: their fields are what they were, and only more have come. */
function areRowsUnderstood({ state }: RoomImage, tables: ContractTable["tables"]): boolean {
  return (state?.tables ?? []).every(({ name, fields }) => {
    const kind = tables.byName.get(name);
    if (kind === undefined) return false;
    return areUnderstood(fields, fieldsOfType(kind.type));
  });
}

const fieldsByType = new WeakMap<PayloadType, readonly FieldAbout[]>();

/** Worked out once for each type. */
function fieldsOfType(type: PayloadType): readonly FieldAbout[] {
  const fields = fieldsByType.get(type) ?? fieldsOf(createRowLayout(type));
  fieldsByType.set(type, fields);
  return fields;
}

function checkTable({ roomId, roomType }: RoomImage, table: WireKind, ours: WireTable): void {
  const other = ours.tables.find(({ name }) => name === table.name);
  if (other === undefined || isSameKind(table, other)) return;
  throw new RoomlineError(
    "contract-mismatch",
    `Table "${table.name}" of room "${roomId}" (${roomType}): its rows are ${typeOf(table)} in the image, and ${typeOf(other)} here. ` +
      "Give a table of another type another name.",
  );
}

function typeOf({ codec, messageType }: WireKind): string {
  return codec === Codec.JSON ? "JSON" : messageType;
}

/** Makes entries that were published under these events what they are under ours (rule MV-7). */
export function entryAdapter(
  theirs: readonly WireKind[],
  ours: readonly WireKind[],
): (entry: Entry) => Entry {
  const events = renumbering(theirs, ours);
  return (entry) => renumberEntry(entry, events);
}

/** From their numbers to ours. */
function renumbering(
  theirs: readonly WireKind[],
  ours: readonly WireKind[],
): (kind: number) => number {
  const byName = new Map(ours.map((kind) => [kind.name, kind]));
  const numbers = new Map(
    theirs.map((kind) => {
      const other = byName.get(kind.name);
      return [kind.number, other && isSameKind(kind, other) ? other.number : noKind];
    }),
  );
  return (kind) => numbers.get(kind) ?? noKind;
}

type Renumber = (kind: number) => number;

function renumberFeed(feed: FeedImage, events: Renumber): FeedImage {
  const entries = feed.entries.map((entry) => renumberEntry(entry, events));
  return create(FeedImageSchema, { ...feed, entries });
}

function renumberOpen(open: OpenImage, events: Renumber): OpenImage {
  const all = (entries: readonly Entry[]): Entry[] =>
    entries.map((entry) => renumberEntry(entry, events));
  const heldEntries = open.heldEntries.map((held) =>
    create(HeldEntrySchema, {
      ...held,
      ...(held.entry !== undefined && { entry: renumberEntry(held.entry, events) }),
    }),
  );
  const [entries, ephemerals] = [all(open.entries), all(open.ephemerals)];
  return create(OpenImageSchema, { ...open, entries, ephemerals, heldEntries });
}

function renumberSeats(seats: SeatsImage, inputs: Renumber): SeatsImage {
  const waiting = seats.inputs.map((input) => ({ ...input, kind: inputs(input.kind) }));
  return create(SeatsImageSchema, { ...seats, inputs: waiting });
}

/** An event that means nothing any more keeps its cursor, and is for nobody. */
function renumberEntry(entry: Entry, events: Renumber): Entry {
  const message = fromBinary(ServerMessageSchema, entry.body);
  if (message.body.case !== "event") return entry;
  const event = message.body.value;
  const kind = events(event.kind);
  if (kind === event.kind) return entry;
  event.kind = kind;
  const body = toBinary(ServerMessageSchema, message);
  const nobody = create(AudienceSchema, { players: [], except: false });
  return create(EntrySchema, { ...entry, body, ...(kind === noKind && { audience: nobody }) });
}
