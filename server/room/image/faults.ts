import { messageOf, RoomlineError } from "../../../shared/errors.ts";

/** A room of this type cannot be put down. */
export function notPortable(roomType: string): RoomlineError {
  return new RoomlineError(
    "not-portable",
    `Room type "${roomType}" is not portable: give it \`portable: true\` when room.data is plain, or else \`save\` and \`load\`.`,
  );
}

/** An image of a room whose contract was another one. */
export function otherContract(room: {
  readonly roomId: string;
  readonly roomType: string;
}): RoomlineError {
  return new RoomlineError(
    "contract-mismatch",
    `The image of room "${room.roomId}" was made with another contract than that of room type "${room.roomType}" here: ` +
      "the names, numbers and types of tables, inputs and events have to be the same.",
  );
}

/** The room's own code could not pick it up. */
export function loadFailed(roomType: string, cause: unknown): RoomlineError {
  const message = `The load of room type "${roomType}" failed: ${messageOf(cause)}`;
  return new RoomlineError("not-portable", message, { cause });
}

/** What was thrown when an image was read: what says more than that stays, anything else is the image's fault. */
export function unreadable(thrown: unknown): RoomlineError {
  const error = RoomlineError.from(thrown);
  if (error.code !== "internal" && error.code !== "malformed-frame") return error;
  const message = `This is no room image that can be used: ${error.message}`;
  return new RoomlineError("invalid-image", message, { cause: thrown });
}
