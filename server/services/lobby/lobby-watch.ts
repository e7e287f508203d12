import type { MessageInitShape } from "@bufbuild/protobuf";
import { closeReasons, type CloseReason } from "../../../shared/close-reason.ts";
import { RoomlineError } from "../../../shared/errors.ts";
import type { Clock } from "../../../shared/clock.ts";
import type { WatchRoomsResponseSchema } from "../../../shared/gen/roomline/v1/lobby_pb.ts";
import type { ListingChange, ListingFeed, RoomMatcher } from "../../feed/catalogue.ts";
import type { Timers } from "../../schedule/timer-wheel.ts";
import { Bell } from "../http/wake.ts";
import { roomInfo } from "./room-info.ts";
import { timelyResponse, type TimelyResponseParts } from "../http/timely-response.ts";

type Answer = MessageInitShape<typeof WatchRoomsResponseSchema>;

/** How a list of rooms is watched. */
interface WatchRoomsParts {
  readonly matches: RoomMatcher;
  /** As whom it counts; undefined: as nobody. */
  readonly caller: string | undefined;
  /** Calls back when the caller is nobody any more. */
  readonly onCallerEnd: (callback: (reason: CloseReason) => void) => { cancel(): void };
  readonly clock: Clock;
  readonly timers: Timers;
  /** When nothing changes for so long, an empty message says that the watch lives. */
  readonly heartbeatIntervalMs: number;
  /** How long a message may wait to be written. */
  readonly sendTimeoutMs: number;
  readonly context: TimelyResponseParts["context"];
}

/** Rooms in one message: far below the 4 MiB at which clients refuse one, whatever rooms say of themselves. */
const roomsPerMessage = 250;

/**
 * The list, then its changes, until the signal aborts (rule LB-3). The next change is looked for when the one before has
 * been written, so a slow reader gets fewer and never old ones.
 * @throws RoomlineError `rate-limited`; `token-expired`, `token-revoked` when the caller's token is over
 */
export async function* watchRooms(
  listings: ListingFeed,
  parts: WatchRoomsParts,
): AsyncGenerator<Answer> {
  const {
    matches,
    caller,
    onCallerEnd,
    clock,
    timers,
    heartbeatIntervalMs,
    sendTimeoutMs,
    context,
  } = parts;
  const bell = new Bell();
  const watch = listings.watch(matches, () => bell.ring(), caller);
  let ended: CloseReason | undefined;
  const end = onCallerEnd((reason) => {
    ended = reason;
    bell.ring();
  });
  const release = (): void => {
    end.cancel();
    watch.end();
    bell.ring();
  };
  yield* timelyResponse(messages(), { context, clock, timers, sendTimeoutMs, release });

  async function* messages(): AsyncGenerator<Answer> {
    let pieces = inPieces(watch.take(), { heartbeatIntervalMs });
    while (!context.signal.aborted) {
      yield* pieces;
      const isTimely = await bell.rings(timers, heartbeatIntervalMs);
      if (ended !== undefined) throw closedFor(ended);
      pieces = isTimely ? changePieces(watch.take()) : [{}];
    }
  }
}

function closedFor(reason: CloseReason): RoomlineError {
  const code = reason === closeReasons.tokenExpired ? "token-expired" : "token-revoked";
  return new RoomlineError(code, reason.meaning);
}

function changePieces(change: ListingChange): Iterable<Answer> {
  return change.changed.length + change.removed.length > 0 ? inPieces(change, {}) : [];
}

/** A change as messages that are not too large; one at least, which says `first` too. */
function* inPieces({ removed, changed }: ListingChange, first: Answer): Iterable<Answer> {
  for (let from = 0; ; from += roomsPerMessage) {
    const to = from + roomsPerMessage;
    const more = to < changed.length;
    const rooms = changed.slice(from, to).map(roomInfo);
    yield from === 0 ? { ...first, rooms, removed: [...removed], more } : { rooms, more };
    if (!more) return;
  }
}
