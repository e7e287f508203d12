import { RoomlineError } from "../../shared/errors.ts";
import type { RoomTypeConfig } from "../room/config.ts";
import { openImage, sealImage } from "../room/image/seal.ts";
import type { RoomHost } from "./host.ts";

/** A room put down, or why it cannot be. */
export interface RoomDown {
  readonly roomId: string;
  readonly roomType: string;
  /** Sealed. */
  readonly image?: Uint8Array;
  readonly fault?: string;
}

/** A room that cannot go on elsewhere, and why. */
export interface RoomFault {
  readonly roomId: string;
  readonly message: string;
}

/** All rooms of this process, put down as they are now; they go on. */
export function imagesOf(rooms: Pick<RoomHost, "all" | "takeImage">): RoomDown[] {
  return [...rooms.all()].map((room) => {
    const { roomId, roomType } = room;
    try {
      return { roomId, roomType, image: sealImage(rooms.takeImage(room)) };
    } catch (thrown) {
      return { roomId, roomType, fault: RoomlineError.from(thrown).message };
    }
  });
}

/** Those of the rooms that could not go on in this process, and why: each is picked up, and let go of again. */
export function rehearsed(
  rooms: Pick<RoomHost, "rehearse">,
  types: ReadonlyMap<string, RoomTypeConfig>,
  down: readonly RoomDown[],
): RoomFault[] {
  return down.flatMap(({ roomId, roomType, image }) => {
    if (image === undefined) return [];
    try {
      const config = types.get(roomType);
      if (config === undefined) throw gone(roomId, roomType);
      rooms.rehearse(config, openImage(image), "reloaded");
      return [];
    } catch (thrown) {
      return [{ roomId, message: RoomlineError.from(thrown).message }];
    }
  });
}

function gone(roomId: string, roomType: string): RoomlineError {
  const message = `Room "${roomId}" is of the type "${roomType}", which there is not any more.`;
  return new RoomlineError("unknown-room-type", message);
}
