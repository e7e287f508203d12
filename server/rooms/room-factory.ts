import type { Clock } from "../../shared/clock.ts";
import { safeNumber } from "../../shared/codec/safe-number.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { RoomImage } from "../../shared/gen/roomline/room/v1/image_pb.ts";
import type { IdSource } from "../../shared/ids.ts";
import type { RandomSource } from "../../shared/random.ts";
import { WireWriter } from "../../shared/wire/wire-writer.ts";
import type { Counters } from "../observe/counters.ts";
import type { Log } from "../observe/log.ts";
import type { RoomTypeConfig } from "../room/config.ts";
import type { RecordSink } from "../room/durable/output-gate.ts";
import { adaptImage } from "../room/image/adapt.ts";
import type { LiveRoom, LiveRoomParts, OnSeat } from "../room/live-room.ts";
import type { CommitsSince } from "../room/room-tables.ts";
import type { LoadReason } from "../room/room-api.ts";
import { hostRoom, type HostedRoom } from "./hosted-room.ts";
import type { Reservations } from "./reservations.ts";

/** How a room is picked up. */
export interface Restoring {
  readonly why: LoadReason;
  readonly term?: number;
  /** Default true: its players may go on in their seats. False: they may have seen more than the image has, and join anew. */
  readonly keepsSeats?: boolean;
  /** What was committed to its tables after the image; the rest of that is folded into it. Default: nothing. */
  readonly since?: CommitsSince;
}

/** What all rooms of an engine are given. */
export interface RoomFactoryParts {
  /** The name of the node, where there are several. */
  readonly node?: string | undefined;
  /** The place of a room among those of all nodes. Default: there are no others. */
  readonly ordinalOf?: (roomId: string) => number | undefined;
  readonly onSeat?: OnSeat | undefined;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly ids: IdSource;
  readonly log: Log;
  readonly counters: Counters;
  readonly requestTurn: (room: LiveRoom) => void;
  /** Makes a room of its parts: one that is recorded, if it is to be. */
  readonly createRoom: (parts: LiveRoomParts) => LiveRoom;
  /** Code of a room that the end of the server waits for: a promise that never rejects. */
  readonly onFarewell: (work: Promise<void>) => void;
  /** Where the records of durable rooms go. Default: there are no such rooms. */
  readonly sinkOf?: ((room: LiveRoom) => RecordSink | undefined) | undefined;
  /** Whoever holds seats for those about to join. */
  readonly reservations: Pick<Reservations, "restore">;
}

/** What the rooms tell. */
type RoomEvents = Pick<LiveRoomParts, "onChanged" | "onCommitted" | "onClosed">;

/** Makes instances of rooms: of new ones, and of those that go on from an image. */
export class RoomFactory {
  readonly #parts: RoomFactoryParts;
  readonly #events: RoomEvents;
  readonly #writer = new WireWriter();

  constructor(parts: RoomFactoryParts, events: RoomEvents) {
    this.#parts = parts;
    this.#events = events;
  }

  /** A new room, which its code is still to make. @throws RoomlineError `storage-failed` */
  create(id: string, config: RoomTypeConfig): LiveRoom {
    return this.#parts.createRoom(this.#partsOf({ id, epoch: this.#parts.ids.id() }, config));
  }

  /**
   * A room as it goes on from this image, with a term that is one more than that of the image, if not said otherwise.
   * @throws RoomlineError `contract-mismatch`, `invalid-image`, `not-portable`, `storage-failed`
   */
  pickUp(config: RoomTypeConfig, given: RoomImage, { why, term, since }: Restoring): HostedRoom {
    const { image, isUnderstood } = adaptImage(given, config);
    if (image !== given && since !== undefined && since.state.length > 0)
      throw recordsOfOthers(config.type);
    const { host, roomId, createdAtMs, ordinal } = image;
    // Who would misread what it says from now on joins it anew: for them it is another life of the room (rule MV-8).
    const epoch = isUnderstood ? image.epoch : this.#parts.ids.id();
    if (!isUnderstood) for (const seat of image.seats?.seats ?? []) seat.home = 0n;
    const room = this.#parts.createRoom({
      ...this.#partsOf({ id: roomId, epoch }, config),
      term: term ?? safeNumber(image.term) + 1,
      createdWallMs: createdAtMs,
      ...(ordinal > 0n && { ordinal: safeNumber(ordinal) }),
    });
    room.restore(image, why, since);
    return hostRoom(room, host?.matchKey ?? "", host?.maker);
  }

  #partsOf(
    { id, epoch }: { readonly id: string; readonly epoch: string },
    config: RoomTypeConfig,
  ): LiveRoomParts {
    const { clock, random, log, counters, requestTurn, onFarewell, onSeat } = this.#parts;
    const { node, ordinalOf, sinkOf, reservations } = this.#parts;
    return {
      ...{ id, epoch, config, clock, random, counters, requestTurn, onFarewell },
      ...{ node, onSeat, sinkOf, writer: this.#writer },
      ...this.#events,
      ordinal: ordinalOf?.(id),
      log: log.child({ room: id, roomType: config.type }),
      restoreReservation: (room, image) => reservations.restore(room, image),
    };
  }
}

/** Records say what has changed in words of their contract, and only an image is carried over to another. */
function recordsOfOthers(roomType: string): RoomlineError {
  return new RoomlineError(
    "contract-mismatch",
    `What was stored last of this room is records under another contract of room type "${roomType}": run the code of before once more, ` +
      "and end it in an orderly way; or drop the room (roomline store drop).",
  );
}
