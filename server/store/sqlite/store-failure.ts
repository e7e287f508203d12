import { messageOf, RoomlineError } from "../../../shared/errors.ts";

/** What went wrong with a store, and what to do about it. `what`: what it cannot be, "written" for one. */
export function storeFailure(path: string, what: string, cause: unknown): RoomlineError {
  if (cause instanceof RoomlineError) return cause;
  const message = messageOf(cause);
  const hint = hints.find(([pattern]) => pattern.test(message))?.[1] ?? "";
  const text = `The store "${path}" cannot be ${what}: ${message}.${hint}`;
  return new RoomlineError("storage-failed", text, { cause });
}

/** What SQLite or the system says, and what to do about it. */
const hints: readonly (readonly [pattern: RegExp, hint: string])[] = [
  [
    /database is locked/,
    " Another server has it open: end that one, or give this one another folder.",
  ],
  [/not a database|malformed/, " See what is left of it: roomline store verify."],
  [
    /disk is full|disk I\/O|ENOSPC|EDQUOT|EFBIG|EIO/,
    " Make room on the disk, or look at its health.",
  ],
  [/unable to open/, " Is the folder there, and may this user write to it?"],
];
