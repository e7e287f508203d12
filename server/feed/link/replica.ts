import type { Clock, Timer } from "../../../shared/clock.ts";
import { closeReasonOf, closeReasons } from "../../../shared/close-reason.ts";
import { safeNumber } from "../../../shared/codec/safe-number.ts";
import { RoomlineError } from "../../../shared/errors.ts";
import type {
  FeedClosed,
  FeedCommit,
  FeedMoved,
  FeedOpened,
  FetchedPatch,
  SeatRebound,
  SeatRefused,
  SeatTaken,
} from "../../../shared/gen/roomline/node/v1/node_pb.ts";
import type { RoomRef } from "../catalogue.ts";
import { CommittedFeed } from "../committed-feed.ts";
import type { FeedEnd, HistoryAsk, HistoryPage, RoomPlace } from "../feed.ts";
import type { LocalSeat, MovedRoom } from "../inbox.ts";
import type { InputRingConfig } from "./input-ring.ts";
import type { LinkEnd, LinkSource, LinkWriter } from "./link-end.ts";
import { aboutOfWire, commitOfWire, errorOfWire, patchOfWire } from "../record-codec.ts";
import { PatchCache } from "./patch-cache.ts";
import { RemoteHistory } from "./remote-history.ts";
import { RemoteInbox, type CopyName } from "./remote-inbox.ts";

/** What a replica needs of whoever holds it. */
interface ReplicaParts {
  readonly roomId: string;
  readonly clock: Clock;
  readonly inputs: InputRingConfig;
  readonly holder: ReplicaHolder;
}

/** Who holds a replica: whoever has the link to the node where the room is, or looks for that node. */
export interface ReplicaHolder extends CopyName {
  /** Nobody reads it any more, or there is nothing to read: the host is to be told, and it is to be dropped. */
  readonly onOver: () => void;
  /**
   * The room is not where it was: at this place or, if none is told, perhaps elsewhere. Returns whether somebody looks for it; if not,
   * it is over. Default: nobody does.
   */
  readonly onGone?: ((place: RoomPlace | undefined) => boolean) | undefined;
  /** Reads a page of the room's history where the room is. Default: nobody knows where that is now. */
  readonly readHistory?: (ask: HistoryAsk) => Promise<HistoryPage>;
}

type FeedFacts = [
  ConstructorParameters<typeof CommittedFeed>[0],
  ConstructorParameters<typeof CommittedFeed>[1],
];

/** Somebody who waits for the room. */
interface Waiting {
  readonly resolve: (room: RoomRef) => void;
  readonly reject: (error: RoomlineError) => void;
}

/** Around what is counted of a message. */
const overheadBytes = 64;
/** How long a copy is held that nobody reads: whoever has just found the room has this long to begin. */
const lingerMs = 1_000;

/**
 * A copy of a room that lives at another node: the ring of its log, its newest patch, the acknowledgements of the seats
 * here, and what these seats have to say. Made for its first reader, dropped after its last. When the link is lost it keeps
 * what it has, and goes on from there on the next one; a new life of the room is another replica.
 */
export class Replica implements LinkSource {
  readonly roomId: string;
  readonly #parts: ReplicaParts;
  #holder: ReplicaHolder;
  /** The highest number of a claim to the room that was seen: of what has a lower one nothing has effect (rule ND-2). */
  #term = 0;
  readonly #cache: PatchCache;
  readonly #inbox: RemoteInbox;
  #feed: CommittedFeed | undefined;
  /** Undefined: the room keeps none. */
  #history: RemoteHistory | undefined;
  #link: LinkEnd | undefined;
  /** Whether the room was asked for on this link. */
  #isAsked = false;
  /** Patches to ask for, by tick, with "snapshot" for the state whole. */
  readonly #fetches = new Set<number | "snapshot">();
  /** The number of the next commit on this link; 0: it is not opened there. */
  #nextCommit = 0;
  /** The room's newest entry when it was opened: before that is here, nobody is given it. */
  #openedHead = 0;
  #waiting: Waiting[] = [];
  #linger: Timer | undefined;
  #isOver = false;
  /** The room was read elsewhere before. */
  #hasMoved = false;

  constructor(parts: ReplicaParts) {
    const { roomId, holder } = parts;
    this.roomId = roomId;
    this.#parts = parts;
    this.#holder = holder;
    this.#cache = new PatchCache((baseTick, snapshot) => this.#fetch(baseTick, snapshot));
    this.#inbox = new RemoteInbox({
      ...parts,
      name: holder,
      mark: () => this.#link?.mark(this),
    });
  }

  /** What the room is called on links. */
  get number(): number {
    return this.#holder.number;
  }

  /** The highest number of a claim to the room that was seen. */
  get term(): number {
    return this.#term;
  }

  /** Whether there is nothing left of it. */
  get isOver(): boolean {
    return this.#isOver;
  }

  // Where the room goes on.

  /**
   * Begins as the copy of a room that was here and goes on at another node, with all that is read and spoken here. Returns what stands in
   * its place from now on.
   */
  startAs(
    feed: CommittedFeed,
    seats: readonly LocalSeat[],
  ): MovedRoom & { readonly feed: CommittedFeed } {
    const { clock } = this.#parts;
    const { entriesMax, bytesMax, ephemeralsMax } = feed.bounds;
    this.#noteHistory(feed.history?.first ?? 0);
    const own = this.#createFeed(feed.about, {
      log: { entriesMax, bytesMax, ageMsMax: Infinity },
      ephemeralRingMax: ephemeralsMax,
    });
    own.startAs(feed, clock.now());
    this.#cache.advance(feed.stateTick, undefined);
    this.#openedHead = own.log.head;
    this.#feed = own;
    this.#inbox.holdAll(seats, own);
    return { feed: own, inbox: this.#inbox };
  }

  /** Somebody else holds it from now on: the room goes on elsewhere, or is looked for. `term`: of the claim there, if it is known. */
  rehome(holder: ReplicaHolder, term = 0): void {
    this.#link?.forget(this);
    this.detach();
    this.#holder = holder;
    this.#hasMoved = true;
    this.#term = Math.max(this.#term, term);
    this.#inbox.rehome(holder);
  }

  /** The room has come to this node: whoever reads and speaks here does so there from now on. */
  comeHome(to: MovedRoom & { readonly feed: CommittedFeed }): void {
    if (this.#isOver) return;
    const feed = this.#feed;
    if (feed !== undefined && feed.about.epoch !== to.feed.about.epoch) {
      this.close({ reason: closeReasons.roomLost, detail: "This life of the room is over." });
      return;
    }
    this.#isOver = true;
    this.#linger?.cancel();
    this.#holder.onOver();
    this.#inbox.comeHome(to, feed);
    feed?.handOver(to.feed, to.inbox);
    for (const { resolve } of this.#waiting.splice(0)) resolve(to);
  }

  /** The room is not where it was. */
  gone(place?: RoomPlace): boolean {
    return !this.#isOver && this.#holder.onGone?.(place) === true;
  }

  /** Whether anything of the room is here. */
  get isBegun(): boolean {
    return this.#feed !== undefined;
  }

  /** The room, once it is here. Rejects with `unknown-room` when there is none. */
  room(): RoomRef | Promise<RoomRef> {
    const here = this.#hereNow();
    if (here !== undefined) return here;
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  // What becomes of the link.

  /** There is a link: asks for the room from where this copy stands. */
  attach(link: LinkEnd): void {
    this.#link = link;
    this.#isAsked = false;
    link.mark(this);
  }

  /** The link is lost: nothing of what was on its way is waited for. */
  detach(): void {
    this.#link = undefined;
    this.#nextCommit = 0;
    this.#fetches.clear();
    this.#inbox.detach();
  }

  /** The room is over for this node. `error`: for those who have no seat yet. */
  close(end: FeedEnd, error = this.#closedError()): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#linger?.cancel();
    this.#holder.onOver();
    for (const { reject } of this.#waiting.splice(0)) reject(error);
    this.#inbox.close(end, { feed: this.#feed, error });
    this.#feed?.close(end);
  }

  // What the host says.

  onOpened(opened: FeedOpened): void {
    const term = safeNumber(opened.term);
    // It reads at whoever has taken the room after that one.
    if (term < this.#term && this.gone()) return;
    this.#term = term;
    this.#noteHistory(safeNumber(opened.historyFirst));
    const known = this.#feed;
    if (known !== undefined && known.about.epoch !== opened.epoch) {
      // Where it has gone to, it may have another contract (rule MV-8); else it was closed, and made again.
      const reason = this.#hasMoved ? closeReasons.roomLost : closeReasons.roomClosed;
      this.close({ reason, detail: "This life of the room is over." });
      return;
    }
    if (known === undefined) this.#begin(opened);
    else known.renew(aboutOfWire(this.roomId, opened));
    this.#nextCommit = 1;
    this.#openedHead = safeNumber(opened.head);
    this.#inbox.onOpened();
    // Whoever waits for a patch asks for it again.
    this.#cache.forget();
    known?.tell();
    this.#link?.mark(this);
    this.#settle();
  }

  onCommit(wire: FeedCommit): void {
    const feed = this.#feed;
    if (feed === undefined || this.#nextCommit === 0) return;
    if (safeNumber(wire.number) !== this.#nextCommit) {
      this.#link?.close(closeReasons.protocolError, "A commit is missing.");
      return;
    }
    this.#nextCommit++;
    const commit = commitOfWire(wire);
    if (commit.stateTick > feed.stateTick) {
      this.#cache.advance(commit.stateTick, commit.patch);
      // Whoever is still behind asks anew.
      this.#fetches.clear();
    }
    feed.commit(commit, this.#parts.clock.now());
    this.#settle();
  }

  onFetched({ askedTick, snapshot, patch }: FetchedPatch): void {
    if (patch === undefined) return;
    this.#cache.add(safeNumber(askedTick), snapshot, patchOfWire(patch));
    this.#feed?.tell();
  }

  onTaken(taken: SeatTaken): void {
    if (this.#feed !== undefined) this.#inbox.onTaken(taken, this.#feed);
  }

  onRefused({ call, failure }: SeatRefused): void {
    const told = failure ?? { code: "internal", message: "", reason: "" };
    this.#inbox.onRefused(call, errorOfWire(told));
    this.#dropUnlessRead();
  }

  onRebound(rebound: SeatRebound): void {
    this.#inbox.onRebound(rebound);
  }

  /** The room goes on at another node. */
  onMoved({ node, life, term: told }: FeedMoved): void {
    const term = safeNumber(told);
    if (term > this.#term) this.gone({ node, life, term });
  }

  onClosed({ code, detail }: FeedClosed): void {
    if (code === 0 && this.gone()) return;
    if (code === 0) this.close({ reason: closeReasons.roomClosed, detail: "" });
    else this.close({ reason: closeReasonOf(code), detail });
  }

  pull(out: LinkWriter): boolean {
    if (!this.#isAsked) this.#ask(out);
    if (this.#nextCommit === 0) return false;
    return this.#pullFetches(out) || this.#inbox.pull(out);
  }

  #pullFetches(out: LinkWriter): boolean {
    for (const asked of this.#fetches) {
      if (out.room <= 0) return true;
      this.#fetches.delete(asked);
      const snapshot = asked === "snapshot";
      const value = { feed: this.number, baseTick: BigInt(snapshot ? 0 : asked), snapshot };
      out.add({ case: "fetchPatch", value }, overheadBytes);
    }
    return false;
  }

  #ask(out: LinkWriter): void {
    this.#isAsked = true;
    const feed = this.#feed;
    const value = {
      feed: this.number,
      roomId: this.roomId,
      epoch: feed?.about.epoch ?? "",
      cursor: BigInt(feed?.log.head ?? 0),
      stateTick: BigInt(feed?.stateTick ?? 0),
    };
    out.add({ case: "openFeed", value }, overheadBytes);
  }

  #begin(opened: FeedOpened): void {
    const bounds = {
      log: {
        entriesMax: opened.logEntriesMax,
        bytesMax: safeNumber(opened.logBytesMax),
        // By what the room still holds, and by no clock of this node.
        ageMsMax: Infinity,
      },
      ephemeralRingMax: opened.ephemeralRingMax,
    };
    const feed = this.#createFeed(aboutOfWire(this.roomId, opened), bounds);
    const stateTick = safeNumber(opened.stateTick);
    feed.startAt(safeNumber(opened.first) - 1, stateTick);
    this.#cache.advance(stateTick, undefined);
    this.#feed = feed;
  }

  #createFeed(...[about, bounds]: FeedFacts): CommittedFeed {
    return new CommittedFeed(about, bounds, {
      state: this.#cache,
      history: this.#history,
      onIdle: () => this.#dropUnlessRead(),
    });
  }

  /** What the host says of where the room's history begins; 0: it keeps none. */
  #noteHistory(first: number): void {
    if (first === 0) return;
    this.#history ??= new RemoteHistory((ask) => this.#holder.readHistory?.(ask));
    this.#history.note(first);
  }

  get #isIdle(): boolean {
    return this.#waiting.length === 0 && this.#inbox.isIdle && this.#feed?.isIdle !== false;
  }

  /** Drops it, unless somebody begins to read it in a moment. */
  #dropUnlessRead(): void {
    if (this.#isOver || !this.#isIdle) return;
    this.#linger?.cancel();
    this.#linger = this.#parts.clock.setTimer(() => {
      const detail = "Nobody has read this copy of the room for a while.";
      if (this.#isIdle) this.close({ reason: closeReasons.connectionLost, detail });
    }, lingerMs);
  }

  #settle(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    const room = this.#hereNow();
    if (room === undefined) this.#waiting = waiting;
    else for (const { resolve } of waiting) resolve(room);
  }

  #hereNow(): RoomRef | undefined {
    const feed = this.#feed;
    if (feed === undefined || feed.log.head < this.#openedHead) return undefined;
    // Whoever asked may not begin.
    this.#dropUnlessRead();
    return { feed, inbox: this.#inbox };
  }

  #fetch(baseTick: number, snapshot: boolean): void {
    if (this.#nextCommit === 0) return;
    this.#fetches.add(snapshot ? "snapshot" : baseTick);
    this.#link?.mark(this);
  }

  #closedError(): RoomlineError {
    return new RoomlineError("unknown-room", `Room "${this.roomId}" is closed.`);
  }
}
