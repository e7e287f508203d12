import { create } from "@bufbuild/protobuf";
import { messageOf } from "../../shared/errors.ts";
import { RoomImageSchema, type RoomImage } from "../../shared/gen/roomline/room/v1/image_pb.ts";
import type { LiveRoom } from "../room/live-room.ts";

/** An image from which a room can be run again, or why there is none. */
type RecordedImage =
  | { readonly image: RoomImage; readonly whyNone: "" }
  | { readonly image: undefined; readonly whyNone: string };

/** The image of a room between two calls into it. What it lacks is no fault of the recording: it can still be looked at from there. */
export function roomImageOf(room: LiveRoom): RecordedImage {
  if (!room.config.portable) return none(`room type "${room.roomType}" is not portable`);
  if (!room.isQuiet) return none("its code was waiting for something");
  try {
    const image = room.image();
    if (image.closures > 0) return none("it had timers of room.after or room.every");
    return { image: create(RoomImageSchema, image), whyNone: "" };
  } catch (thrown) {
    return none(messageOf(thrown));
  }
}

function none(whyNone: string): RecordedImage {
  return { image: undefined, whyNone };
}
