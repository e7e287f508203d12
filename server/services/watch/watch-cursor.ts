import { RoomlineError } from "../../../shared/errors.ts";

/** A place in the log of a room: the last event that is behind. */
export interface WatchPosition {
  readonly epoch: string;
  /** 0: before the first. */
  readonly number: number;
}

/** No cursor of ours is longer. */
const cursorLengthMax = 512;

/** Makes a position into text that is passed around but not read: what is in it may change (rule WA-2). */
export function encodeWatchCursor({ epoch, number }: WatchPosition): string {
  return Buffer.from(`${number}.${epoch}`).toString("base64url");
}

/** @throws RoomlineError `invalid-argument`: it is none that a watch has given */
export function decodeWatchCursor(cursor: string): WatchPosition {
  if (cursor.length <= cursorLengthMax) {
    const [, number = "", epoch = ""] =
      /^(0|[1-9]\d{0,15})\.(.+)$/s.exec(Buffer.from(cursor, "base64url").toString()) ?? [];
    const position = { epoch, number: Number(number) };
    // Decoding passes over what is no base64: only what is written exactly so is ours.
    if (Number.isSafeInteger(position.number) && encodeWatchCursor(position) === cursor)
      return position;
  }
  throw new RoomlineError(
    "invalid-argument",
    "The cursor is malformed: use one that a watch has given, or none.",
  );
}
