import { safeNumber } from "../../shared/codec/safe-number.ts";
import {
  GapReason,
  Verdict,
  type Position as WirePosition,
} from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { Position } from "../../shared/position.ts";
import type { StreamStart } from "./session-stream.ts";

/** A position of a message. @throws RoomlineError `malformed-frame` when a number exceeds 53 bits */
export function positionOf(wire: WirePosition): Position {
  return {
    epoch: wire.epoch,
    cursor: safeNumber(wire.cursor),
    stateTick: safeNumber(wire.stateTick),
  };
}

/** What a room's feed holds, as far as a verdict needs it. */
interface FeedRange {
  readonly epoch: string;
  readonly head: number;
  readonly first: number;
  /** The oldest entry that is kept beyond its log (rules HI). Default: none is. */
  readonly kept?: number | undefined;
  /** Tick of the room's newest state. */
  readonly stateTick: number;
}

/** The oldest entry that can be had, of the log or of what is kept beyond it. */
export function oldestOf(first: number, kept = first): number {
  return Math.min(first, kept);
}

/** A verdict, and where the session's stream begins because of it. */
interface Judgement {
  readonly verdict: Verdict;
  readonly start: StreamStart;
}

/** What a session that comes back is told (rules RS-2, RS-3, RS-9). */
export function judgeResume(position: Position, feed: FeedRange): Judgement {
  const { head, first, epoch } = feed;
  if (position.epoch !== epoch || position.cursor > head)
    return snapshotAt(head, epochGap(position));
  if (position.cursor + 1 >= first) {
    return {
      verdict: Verdict.RECOVERED,
      start: {
        cursor: position.cursor,
        // A tick the room has not reached is not of this epoch, whatever the client says.
        stateTick: position.stateTick <= feed.stateTick ? position.stateTick : 0,
        backlogEnd: head,
      },
    };
  }
  const gap = { from: position.cursor + 1, to: first - 1, reason: GapReason.LOG_TRIMMED };
  return {
    verdict: Verdict.SNAPSHOT,
    start: { cursor: gap.to, stateTick: 0, backlogEnd: head, gap },
  };
}

/** Where a player comes to a room. */
interface Arrival {
  /** Cursor of the newest entry that the state shows, when the room was asked: up to there is history, what comes after is live. */
  readonly joinCursor: number;
  /** How many entries a joiner is given. */
  readonly historyOnJoin: number;
  /** How many it wants (rule HI-3). Default: as many as it is given. */
  readonly wanted?: number | undefined;
}

/** What a session that joins is told (rules JN-5, JN-6, HI-3). */
export function judgeJoin(
  position: Position | undefined,
  feed: FeedRange,
  { joinCursor, historyOnJoin, wanted = historyOnJoin }: Arrival,
): Judgement {
  const hasHistory = feed.kept !== undefined;
  const behindOldest = oldestOf(feed.first, feed.kept) - 1;
  const given = hasHistory ? wanted : Math.min(wanted, historyOnJoin);
  const start = {
    cursor: Math.max(joinCursor - given, behindOldest),
    ...{ stateTick: 0, backlogEnd: joinCursor },
    ...(hasHistory && { isOpen: true }),
  };
  // Who says where it stood may read all that is kept.
  const oldest = hasHistory ? behindOldest : Math.max(joinCursor - historyOnJoin, behindOldest);
  if (position === undefined || position.epoch === "") return { verdict: Verdict.FRESH, start };
  if (position.epoch !== feed.epoch || position.cursor > feed.head) {
    return { verdict: Verdict.SNAPSHOT, start: { ...start, gap: epochGap(position) } };
  }
  if (position.cursor >= oldest) {
    const { cursor } = position;
    const backlogEnd = Math.max(joinCursor, cursor);
    return {
      verdict: Verdict.RECOVERED,
      start: { ...start, cursor, backlogEnd, isOpen: false },
    };
  }
  const gap = { from: position.cursor + 1, to: oldest, reason: GapReason.HISTORY_LIMIT };
  return { verdict: Verdict.SNAPSHOT, start: { ...start, cursor: oldest, gap, isOpen: false } };
}

function epochGap(position: Position) {
  return { from: position.cursor + 1, to: 0, reason: GapReason.EPOCH_CHANGED };
}

function snapshotAt(head: number, gap: NonNullable<StreamStart["gap"]>): Judgement {
  return {
    verdict: Verdict.SNAPSHOT,
    start: { cursor: head, stateTick: 0, backlogEnd: head, gap },
  };
}
