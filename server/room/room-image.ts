import { toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { RoomlineError } from "../../shared/errors.ts";
import type { RoomImage, RoomImageSchema } from "../../shared/gen/roomline/room/v1/image_pb.ts";
import { ContractTableSchema } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { sameBytes } from "../../shared/state/scalar-codec.ts";
import type { Log } from "../observe/log.ts";
import type { RoomParts } from "./assemble-room.ts";
import type { RoomTypeConfig } from "./config.ts";
import { factsImage, restoreFacts } from "./context.ts";
import { otherContract } from "./image/faults.ts";
import type { LoadReason } from "./room-api.ts";
import type { CommitsSince } from "./room-tables.ts";

/** The images of all parts of a room, as {@link LiveRoom.image} has it. @throws RoomlineError `not-portable`, or what `save` throws */
export function imageOf(parts: RoomParts, nowMs: number, asRecord: boolean) {
  const { life, facts, data, tables, commits, seats, code, random } = parts;
  return {
    term: BigInt(life.term),
    facts: factsImage(facts),
    saved: data.save(),
    ...tables.image(),
    ...commits.image(nowMs, asRecord),
    seats: seats.image(),
    alarms: code.alarms.image(),
    closures: code.closures.size,
    random: [...random.state],
  } satisfies MessageInitShape<typeof RoomImageSchema>;
}

/**
 * Has the parts of a room take over what {@link imageOf} gave, and the room open, before its code loads what it has saved. `since`: what was
 * committed to its tables after the image.
 * @throws RoomlineError `contract-mismatch`, `invalid-image`, `not-portable`; whatever reading what is no image throws
 */
export function restoreParts(
  parts: RoomParts,
  image: RoomImage,
  from: {
    readonly config: RoomTypeConfig;
    readonly log: Log;
    readonly nowMs: number;
    readonly why: LoadReason;
    readonly since: CommitsSince | undefined;
  },
): void {
  const { config, log, nowMs, why, since } = from;
  const { tick, feed, open, pace, seats, state, hidden, facts } = image;
  checkContract(image, config);
  if (!feed || !open || !pace || !seats || !state || !facts)
    throw new RoomlineError("invalid-image", "This is no whole room image: parts are missing.");
  restoreFacts(parts.facts, facts);
  parts.tables.restore(state, hidden, since);
  parts.commits.restore({ tick, feed, open, pace }, nowMs);
  parts.random.restore(image.random);
  parts.life.open();
  parts.seats.restore(seats);
  parts.code.alarms.restore(image.alarms);
  parts.tables.restoreExpiring(image.expiring);
  parts.data.load(image.saved, why);
  // Of so many timers of the room's code, `load` may have set some anew.
  tellLost(log, config.type, image.closures - parts.code.closures.size);
  parts.commits.beginRecords(image.recordN);
}

function checkContract(
  { roomId, contract }: RoomImage,
  { type, contractWire }: RoomTypeConfig,
): void {
  const ours = toBinary(ContractTableSchema, contractWire);
  const theirs = contract && toBinary(ContractTableSchema, contract);
  if (theirs === undefined || !sameBytes(ours, theirs))
    throw otherContract({ roomId, roomType: type });
}

function tellLost(log: Log, roomType: string, lost: number): void {
  if (lost <= 0) return;
  const text = `${lost} timers of room.after or room.every did not come along: use room.alarm, or set them anew in load`;
  log.warn({ roomType }, text);
}
