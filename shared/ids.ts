import { nanoid } from "nanoid";

/** Makes the random ids of connections, rooms, epochs and tokens. */
export interface IdSource {
  /** A short id (10 characters of `A-Za-z0-9_-`, 60 random bits): rooms, epochs, connections. */
  id(): string;
  /** An id that cannot be guessed (32 characters, 192 random bits): resume tokens. */
  secret(): string;
}

/** Ids from the platform's cryptographic randomness. */
export const systemIds: IdSource = { id: () => nanoid(10), secret: () => nanoid(32) };

const namePattern = /^[A-Za-z0-9_-]{1,64}$/;

/** Whether a session id is well formed: 1 to 64 of `A-Za-z0-9_-` (rule JN-1). */
export function isSessionId(value: string): boolean {
  return namePattern.test(value);
}

const displayPattern = /^[^\p{Cc}]{1,128}$/u;

/** Whether a client id, room id or room type is well formed: 1 to 128 characters, no control characters. */
export function isName(value: string): boolean {
  return displayPattern.test(value);
}
