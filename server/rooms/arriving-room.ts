import { create } from "@bufbuild/protobuf";
import { closeReasons } from "../../shared/close-reason.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { RoomImageSchema, type RoomImage } from "../../shared/gen/roomline/room/v1/image_pb.ts";
import type { LiveRoom, OnSeat } from "../room/live-room.ts";

/** A room that was picked up and stands still. */
export interface ArrivingRoom {
  readonly room: LiveRoom;
  /** The room put down again, with its own term. @throws RoomlineError `not-portable` */
  image(): RoomImage;
  /** It may go on here before long: whoever looks for seats of its players finds them here from now on. */
  announce(): void;
  /**
   * It goes on here. Players whose nodes do not say within that time that they have them count as away.
   * @throws RoomlineError `draining`: this server has ended meanwhile
   */
  begin(awaitNodesMs: number): LiveRoom;
  /** It does not. */
  discard(): void;
}

interface ArrivalParts {
  readonly room: LiveRoom;
  /** What it was picked up from. */
  readonly image: RoomImage;
  /** Its players may go on in their seats. */
  readonly keepsSeats: boolean;
  readonly onSeat: OnSeat | undefined;
  /** Has it run here. @throws RoomlineError `draining` */
  readonly open: () => void;
  /** It runs, and nobody is told of it yet. */
  readonly onBegun: () => void;
}

/** A room that comes from elsewhere, and stands still until it is known whether it goes on here. */
export class Arrival implements ArrivingRoom {
  readonly #parts: ArrivalParts;

  constructor(parts: ArrivalParts) {
    this.#parts = parts;
  }

  get room(): LiveRoom {
    return this.#parts.room;
  }

  image(): RoomImage {
    const { room, image } = this.#parts;
    return create(RoomImageSchema, { ...room.image(), ...(image.host && { host: image.host }) });
  }

  announce(): void {
    this.#tellSeats(true);
  }

  begin(awaitNodesMs: number): LiveRoom {
    const { room, image, keepsSeats, open, onBegun } = this.#parts;
    open();
    const players = [...room.context.players.values()];
    this.#tellSeats(true);
    room.thaw();
    // In a new life of it there is nobody: they come anew.
    if (room.feed.about.epoch === image.epoch) {
      if (keepsSeats) room.awaitNodes(awaitNodesMs);
    } else for (const { id } of players) room.expel(id, closeReasons.notResumed, "");
    onBegun();
    return room;
  }

  discard(): void {
    const { room } = this.#parts;
    this.#tellSeats(false);
    room.discard(new RoomlineError("room-moved", `Room "${room.roomId}" goes on where it was.`));
  }

  #tellSeats(isThere: boolean): void {
    const { room, keepsSeats, onSeat } = this.#parts;
    if (!keepsSeats) return;
    for (const player of room.context.players.values()) onSeat?.(room.roomId, player, isThere);
  }
}
