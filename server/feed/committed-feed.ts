import type { MessageInitShape } from "@bufbuild/protobuf";
import { safeNumber } from "../../shared/codec/safe-number.ts";
import type { FeedImage, FeedImageSchema } from "../../shared/gen/roomline/room/v1/image_pb.ts";
import type { Commit, SeatAnswer } from "./commit.ts";
import { EphemeralRing } from "./ephemeral-ring.ts";
import type {
  FeedEnd,
  Follower,
  RingBounds,
  RoomAbout,
  RoomFeed,
  RoomHistory,
  RoomPlace,
  StatePatch,
} from "./feed.ts";
import type { MovedRoom, RoomInbox, SeatDesk } from "./inbox.ts";
import { entryToWire, keptEntryOfWire } from "./record-codec.ts";
import { RoomLog, type RoomLogConfig } from "./log.ts";

/** Where a feed gets encoded state: the room's own tables, or what a link has brought of them. */
export interface StateSource {
  patch(baseTick: number): StatePatch | "later" | undefined;
  snapshot(): StatePatch | "later";
}

/** Bounds of what a feed holds. */
interface FeedBounds {
  readonly log: RoomLogConfig;
  readonly ephemeralRingMax: number;
}

/**
 * What has been committed of a room, and who reads it: the same for a room in this process and for the copy of one that
 * lives elsewhere. It changes by commits alone.
 */
export class CommittedFeed implements RoomFeed {
  #about: RoomAbout;
  readonly bounds: RingBounds;
  readonly log: RoomLog;
  readonly ephemerals: EphemeralRing;
  readonly history: RoomHistory | undefined;
  stateTick = 0;
  previousStateTick = 0;
  readonly #state: StateSource;
  readonly #desks = new Map<number, SeatDesk>();
  /** Each with the feed that it follows now: the room may go on elsewhere. */
  readonly #followers = new Map<Follower, { feed: CommittedFeed }>();
  /** Where the room goes on. */
  #movedTo: CommittedFeed | undefined;
  /** The same, if that is at another node. */
  #movedAway: RoomPlace | undefined;
  readonly #onIdle: (() => void) | undefined;
  #end: FeedEnd | undefined;

  /** `onIdle`: nobody reads it any more. */
  constructor(
    about: RoomAbout,
    bounds: FeedBounds,
    parts: {
      readonly state: StateSource;
      readonly history?: RoomHistory | undefined;
      readonly onIdle?: () => void;
    },
  ) {
    this.#about = about;
    const { entriesMax, bytesMax } = bounds.log;
    this.bounds = { entriesMax, bytesMax, ephemeralsMax: bounds.ephemeralRingMax };
    this.log = new RoomLog(bounds.log);
    this.ephemerals = new EphemeralRing(bounds.ephemeralRingMax);
    this.history = parts.history;
    this.#state = parts.state;
    this.#onIdle = parts.onIdle;
  }

  get about(): RoomAbout {
    return this.#about;
  }

  /** The same life of the room, of which something else is said by now: its contract has grown, or its rates are others (rule MV-8). */
  renew(about: RoomAbout): void {
    this.#about = about;
  }

  get end(): FeedEnd | undefined {
    return this.#end;
  }

  /** Watches: readers without a seat. */
  get watches(): number {
    let watches = 0;
    for (const follower of this.#followers.keys()) watches += follower.watches;
    return watches;
  }

  patch(baseTick: number): StatePatch | "later" | undefined {
    return this.#state.patch(baseTick);
  }

  snapshot(): StatePatch | "later" {
    return this.#state.snapshot();
  }

  acked(seat: number): number {
    return this.#desks.get(seat)?.acked ?? 0;
  }

  follow(follower: Follower): () => void {
    if (this.#movedAway !== undefined && follower.onMovedAway !== undefined) {
      follower.onMovedAway(this.#movedAway);
    } else if (this.#movedTo !== undefined) {
      follower.onMoved(this.#movedTo);
      return this.#movedTo.follow(follower);
    }
    if (this.#end !== undefined) {
      follower.onClosed(this.#end);
      return () => undefined;
    }
    const following: { feed: CommittedFeed } = { feed: this };
    this.#followers.set(follower, following);
    return () => following.feed.#unfollow(follower);
  }

  #unfollow(follower: Follower): void {
    if (this.#followers.delete(follower)) this.#left();
  }

  /** A seat has been taken, or goes to another node: here is who hears of it. Returns who did before. */
  openDesk(seat: number, desk: SeatDesk): SeatDesk | undefined {
    const before = this.#desks.get(seat);
    this.#desks.set(seat, desk);
    return before;
  }

  /** Who hears of this seat. */
  deskOf(seat: number): SeatDesk | undefined {
    return this.#desks.get(seat);
  }

  /** A seat has been given up: nobody is told of it any more. */
  closeDesk(seat: number): void {
    if (this.#desks.delete(seat)) this.#left();
  }

  /** Whether somebody reads it without a seat. */
  get isFollowed(): boolean {
    return this.#followers.size > 0;
  }

  /** Whether nobody reads it. */
  get isIdle(): boolean {
    return this.#desks.size === 0 && this.#followers.size === 0;
  }

  /** A copy that begins, or begins anew after a loss: what it held is what it held, and this is where the room is. */
  startAt(cursor: number, stateTick: number): void {
    if (cursor !== this.log.head) this.log.skipTo(cursor);
    this.previousStateTick = 0;
    this.stateTick = stateTick;
  }

  /** Takes over what the room has done, then tells those who read it. */
  commit(commit: Commit, nowMs: number): void {
    const { first, entries, ephemerals, stateTick, acks, answers } = commit;
    const { head } = this.log;
    for (const entry of entries) this.log.append(entry, nowMs);
    if (first > this.log.first) this.log.trimTo(first);
    for (const ephemeral of ephemerals) this.ephemerals.append(ephemeral);
    // Also by what a copy has missed: whoever reads it is told of the gap.
    let advanced = this.log.head !== head || ephemerals.length > 0;
    if (stateTick > this.stateTick) {
      this.previousStateTick = this.stateTick;
      this.stateTick = stateTick;
      advanced = true;
    }
    for (let at = 0; at < acks.length; at += 2) {
      const desk = this.#desks.get(acks[at] ?? 0);
      if (desk === undefined) continue;
      desk.acked = acks[at + 1] ?? 0;
      if (!advanced) desk.onAdvance();
    }
    if (advanced) this.tell();
    for (const answer of answers) this.#answer(answer);
  }

  /** Tells all who read it that there may be something new. */
  tell(): void {
    for (const desk of this.#desks.values()) desk.onAdvance();
    for (const follower of this.#followers.keys()) follower.onAdvance();
  }

  /** What readers see, for whoever takes the room. */
  image(nowMs: number): MessageInitShape<typeof FeedImageSchema> {
    const { head, entries, agesMs } = this.log.image(nowMs);
    return {
      stateTick: BigInt(this.stateTick),
      previousStateTick: BigInt(this.previousStateTick),
      head: BigInt(head),
      entries: entries.map(entryToWire),
      agesMs: [...agesMs],
      ephemeralHead: BigInt(this.ephemerals.head),
    };
  }

  /** Takes over what {@link image} gave; before anybody reads. */
  restore(image: FeedImage, nowMs: number): void {
    const entries = image.entries.map(keptEntryOfWire);
    this.log.restore({ head: safeNumber(image.head), entries, agesMs: image.agesMs }, nowMs);
    this.ephemerals.skipTo(safeNumber(image.ephemeralHead));
    this.stateTick = safeNumber(image.stateTick);
    this.previousStateTick = safeNumber(image.previousStateTick);
  }

  /**
   * The room goes on in this process with another feed and inbox, of which the feed stands where this one does: whoever reads this one
   * reads that one from now on, and is told so.
   */
  handOver(to: CommittedFeed, inbox: RoomInbox): void {
    this.#movedTo = to;
    for (const [seat, desk] of this.#desks) {
      // What the image said of this desk, it knows itself.
      to.openDesk(seat, desk)?.replaced(desk, true);
      desk.moved({ feed: to, inbox });
    }
    this.#desks.clear();
    for (const [follower, following] of this.#followers) {
      following.feed = to;
      to.#followers.set(follower, following);
      follower.onMoved(to);
    }
    this.#followers.clear();
  }

  /** Begins as a copy of a feed, of which it holds all that is held there; before anybody reads. */
  startAs({ log, ephemerals, stateTick, previousStateTick }: CommittedFeed, nowMs: number): void {
    this.log.restore(log.image(nowMs), nowMs);
    this.ephemerals.skipTo(ephemerals.head);
    this.stateTick = stateTick;
    this.previousStateTick = previousStateTick;
  }

  /**
   * The room goes on at another node: players and watches here read its copy from now on, whose desks are open there already. Links to
   * other nodes read what is held here to its end.
   */
  moveAway(to: MovedRoom & { readonly feed: CommittedFeed }, place: RoomPlace): void {
    this.#movedTo = to.feed;
    this.#movedAway = place;
    const desks = [...this.#desks.values()];
    this.#desks.clear();
    for (const desk of desks) if (desk.isAtEdge !== true) desk.moved(to);
    for (const [follower, following] of [...this.#followers]) {
      if (follower.onMovedAway !== undefined) {
        follower.onMovedAway(place);
        continue;
      }
      this.#followers.delete(follower);
      following.feed = to.feed;
      to.feed.#followers.set(follower, following);
      follower.onMoved(to.feed);
    }
  }

  /** The room is lost: tells all who read it. */
  lose(end: FeedEnd): void {
    const desks = [...this.#desks.values()];
    this.#desks.clear();
    for (const desk of desks) desk.ended(end.reason, end.detail);
    this.close(end);
  }

  /** The room has ended: tells those who read it without a seat, and has nothing more for anybody. */
  close(end: FeedEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    const followers = [...this.#followers.keys()];
    this.#followers.clear();
    for (const follower of followers) follower.onClosed(end);
  }

  #left(): void {
    if (this.isIdle) this.#onIdle?.();
  }

  #answer(answer: SeatAnswer): void {
    const desk = this.#desks.get(answer.seat);
    if (desk === undefined) return;
    switch (answer.kind) {
      case "reply":
        desk.reply(answer.seq, answer.reply);
        break;
      case "error":
        desk.error(answer, answer.inputSeq);
        break;
      case "ended":
        desk.ended(answer.reason, answer.detail);
        this.closeDesk(answer.seat);
        break;
    }
  }
}
