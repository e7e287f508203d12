import type { Clock } from "../../../shared/clock.ts";
import { closeReasonOf, closeReasons, type CloseReason } from "../../../shared/close-reason.ts";
import { safeNumber } from "../../../shared/codec/safe-number.ts";
import { RoomlineError } from "../../../shared/errors.ts";
import type {
  FeedClosed,
  FeedCommit,
  FeedOpened,
  FetchedPatch,
  SeatRebound,
  SeatRefused,
  SeatTaken,
} from "../../../shared/gen/roomline/node/v1/node_pb.ts";
import type { RoomRef } from "../catalogue.ts";
import { CommittedFeed } from "../committed-feed.ts";
import type { FeedEnd } from "../feed.ts";
import type { JoinRequest, RoomInbox, RoomInput, SeatDesk } from "../inbox.ts";
import type { LinkEnd, LinkSource, LinkWriter } from "./link-end.ts";
import { aboutOfWire, commitOfWire, errorOfWire, patchOfWire } from "./node-codec.ts";
import { PatchCache } from "./patch-cache.ts";
import { RemoteSeat } from "./remote-seat.ts";

/** What a replica needs of whoever holds it. */
interface ReplicaParts {
  /** What the room is called on links. */
  readonly number: number;
  readonly roomId: string;
  readonly clock: Clock;
  /** Inputs of one seat that may wait to be said. */
  readonly inputsMax: number;
  /** A number for something that is asked for. */
  readonly nextCall: () => bigint;
  /** Nobody reads it any more, or there is nothing to read: it is to be dropped. */
  readonly onOver: () => void;
}

/** Somebody who waits for the room. */
interface Waiting {
  readonly resolve: (room: RoomRef) => void;
  readonly reject: (error: RoomlineError) => void;
}

/** A Join on its way. */
interface AskedSeat {
  readonly request: JoinRequest;
  readonly desk: SeatDesk;
}

/** Around what is counted of an input. */
const overheadBytes = 16;

/**
 * A copy of a room that lives at another node: the ring of its log, its newest patch, the acknowledgements of the seats
 * here, and what these seats have to say. Made for its first reader, dropped after its last. When the link is lost it keeps
 * what it has, and goes on from there on the next one; a new life of the room is another replica.
 */
export class Replica implements RoomInbox, LinkSource {
  readonly number: number;
  readonly roomId: string;
  readonly #parts: ReplicaParts;
  readonly #cache: PatchCache;
  readonly #asked = new Map<bigint, AskedSeat>();
  readonly #seats = new Map<number, RemoteSeat>();
  #feed: CommittedFeed | undefined;
  #link: LinkEnd | undefined;
  /** The number of the next commit on this link; 0: it is not opened there. */
  #nextCommit = 0;
  /** The room's newest entry when it was opened: before that is here, nobody is given it. */
  #openedHead = 0;
  #waiting: Waiting[] = [];

  constructor(parts: ReplicaParts) {
    this.number = parts.number;
    this.roomId = parts.roomId;
    this.#parts = parts;
    this.#cache = new PatchCache((baseTick, snapshot) => this.#fetch(baseTick, snapshot));
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
    this.#nextCommit = 0;
    const feed = this.#feed;
    link.send({
      case: "openFeed",
      value: {
        feed: this.number,
        roomId: this.roomId,
        epoch: feed?.about.epoch ?? "",
        cursor: BigInt(feed?.log.head ?? 0),
        stateTick: BigInt(feed?.stateTick ?? 0),
      },
    });
  }

  /** The link is lost: nothing of what was on its way is waited for. */
  detach(): void {
    this.#link = undefined;
    this.#nextCommit = 0;
    for (const seat of this.#seats.values()) seat.lose();
  }

  /** The room is over for this node. */
  close(end: FeedEnd): void {
    const error = new RoomlineError("unknown-room", `Room "${this.roomId}" is closed.`);
    for (const { reject } of this.#waiting.splice(0)) reject(error);
    for (const { desk } of this.#asked.values()) desk.refused(error);
    this.#asked.clear();
    const seats = [...this.#seats.values()];
    this.#seats.clear();
    for (const seat of seats) {
      seat.ended(end.reason, end.detail);
      this.#feed?.closeDesk(seat.number);
    }
    this.#feed?.close(end);
    this.#parts.onOver();
  }

  /** Drops it if nobody needs it. */
  dropIfIdle(): void {
    if (this.#asked.size > 0 || this.#waiting.length > 0 || this.#feed?.isIdle === false) return;
    this.#link?.send({ case: "closeFeed", value: { feed: this.number } });
    this.#parts.onOver();
  }

  // What the host says.

  onOpened(opened: FeedOpened): void {
    const known = this.#feed;
    if (known !== undefined && known.about.epoch !== opened.epoch) {
      this.close({ reason: closeReasons.roomClosed, detail: "" });
      return;
    }
    const feed = known ?? this.#begin(opened);
    this.#nextCommit = 1;
    this.#openedHead = safeNumber(opened.head);
    for (const [call, { request }] of this.#asked) this.#sayJoin(call, request);
    for (const seat of this.#seats.values()) this.#sayRebind(seat);
    // Whoever waits for a patch asks for it again.
    this.#cache.forget();
    if (known !== undefined) feed.tell();
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
    if (commit.stateTick > feed.stateTick) this.#cache.advance(commit.stateTick, commit.patch);
    feed.commit(commit, this.#parts.clock.now());
    for (const { kind, seat } of commit.answers) if (kind === "ended") this.#seats.delete(seat);
    this.#settle();
  }

  onFetched({ askedTick, snapshot, patch }: FetchedPatch): void {
    if (patch === undefined) return;
    this.#cache.add(safeNumber(askedTick), snapshot, patchOfWire(patch));
    this.#feed?.tell();
  }

  onTaken({ call, seat: number, joinCursor, metadataJson }: SeatTaken): void {
    const feed = this.#feed;
    const asked = this.#asked.get(call);
    if (asked === undefined || feed === undefined) return;
    this.#asked.delete(call);
    const { desk } = asked;
    const seat = new RemoteSeat(number, { desk, inputsMax: this.#parts.inputsMax });
    this.#seats.set(number, seat);
    feed.openDesk(number, seat);
    seat.seated({ seat: number, joinCursor: safeNumber(joinCursor), metadataJson });
  }

  onRefused({ call, failure }: SeatRefused): void {
    const asked = this.#asked.get(call);
    this.#asked.delete(call);
    asked?.desk.refused(errorOfWire(failure ?? { code: "internal", message: "", reason: "" }));
    this.dropIfIdle();
  }

  onRebound({ seat: number, takenSeq }: SeatRebound): void {
    const seat = this.#seats.get(number);
    if (seat === undefined) return;
    seat.rebind(safeNumber(takenSeq));
    this.#link?.mark(this);
  }

  onClosed({ code, detail }: FeedClosed): void {
    this.#link?.send({ case: "closeFeed", value: { feed: this.number } });
    if (code === 0) this.close({ reason: closeReasons.roomClosed, detail: "" });
    else this.close({ reason: closeReasonOf(code), detail });
  }

  // What is said to the room (RoomInbox).

  join(request: JoinRequest, desk: SeatDesk): void {
    if (this.#feed?.end !== undefined) {
      desk.refused(new RoomlineError("unknown-room", `Room "${this.roomId}" is closed.`));
      return;
    }
    const call = this.#parts.nextCall();
    this.#asked.set(call, { request, desk });
    if (this.#nextCommit > 0) this.#sayJoin(call, request);
  }

  leave(number: number, reason: CloseReason): void {
    const seat = this.#seats.get(number);
    if (seat === undefined || seat.leaving !== undefined) return;
    seat.leaving = reason;
    // What the player sent before it left goes before.
    this.#link?.mark(this);
  }

  drop(number: number): void {
    this.#connect(number, false);
  }

  resume(number: number): void {
    this.#connect(number, true);
  }

  input(number: number, input: RoomInput): void {
    const seat = this.#seats.get(number);
    if (seat === undefined) return;
    if (input.seq === 0 && this.#link === undefined) return;
    seat.input(input);
    this.#link?.mark(this);
  }

  /** Says what seats have to say (LinkSource). */
  pull(out: LinkWriter): boolean {
    if (this.#nextCommit === 0) return false;
    const inputs = [];
    let bytes = 0;
    let isCut = false;
    for (const seat of this.#seats.values()) {
      for (let input = seat.nextInput(); input !== undefined; input = seat.nextInput()) {
        const { seq, kind, payload, wantsReply } = input;
        inputs.push({ seat: seat.number, seq: BigInt(seq), kind, payload, wantsReply });
        bytes += payload.length + overheadBytes;
        isCut = bytes >= out.room;
        if (isCut) break;
      }
      if (isCut) break;
    }
    if (inputs.length > 0) {
      out.add({ case: "inputs", value: { feed: this.number, inputs } }, bytes + overheadBytes);
    }
    if (isCut) return true;
    for (const seat of this.#seats.values()) if (seat.isBound) this.#sayLeave(out, seat);
    return false;
  }

  #begin(opened: FeedOpened): CommittedFeed {
    const bounds = {
      log: {
        entriesMax: opened.logEntriesMax,
        bytesMax: safeNumber(opened.logBytesMax),
        // By what the room still holds, and by no clock of this node.
        ageMsMax: Infinity,
      },
      ephemeralRingMax: opened.ephemeralRingMax,
    };
    const feed = new CommittedFeed(aboutOfWire(this.roomId, opened), bounds, {
      state: this.#cache,
      onIdle: () => this.#onIdle(),
    });
    const stateTick = safeNumber(opened.stateTick);
    feed.startAt(safeNumber(opened.first) - 1, stateTick);
    this.#cache.advance(stateTick, undefined);
    this.#feed = feed;
    return feed;
  }

  /** Somebody may come back in this very turn. */
  #onIdle(): void {
    this.#parts.clock.defer(() => this.dropIfIdle());
  }

  #settle(): void {
    const room = this.#waiting.length === 0 ? undefined : this.#hereNow();
    if (room === undefined) return;
    for (const { resolve } of this.#waiting.splice(0)) resolve(room);
  }

  #hereNow(): RoomRef | undefined {
    const feed = this.#feed;
    if (feed === undefined || feed.log.head < this.#openedHead) return undefined;
    return { feed, inbox: this };
  }

  #fetch(baseTick: number, snapshot: boolean): void {
    if (this.#nextCommit === 0) return;
    const value = { feed: this.number, baseTick: BigInt(baseTick), snapshot };
    this.#link?.send({ case: "fetchPatch", value });
  }

  #connect(number: number, connected: boolean): void {
    const seat = this.#seats.get(number);
    if (seat === undefined || seat.isConnected === connected) return;
    seat.isConnected = connected;
    if (!seat.isBound || this.#nextCommit === 0) return;
    const value = {
      feed: this.number,
      seat: number,
      change: { case: "connected" as const, value: connected },
    };
    this.#link?.send({ case: "seatChange", value });
  }

  #sayJoin(call: bigint, request: JoinRequest): void {
    const { playerId, sessionId, claims, options, reservation } = request;
    const value = {
      feed: this.number,
      call,
      playerId,
      sessionId,
      claimsJson: jsonOf(claims),
      optionsJson: jsonOf(options),
      reservation,
    };
    this.#link?.send({ case: "takeSeat", value });
  }

  #sayRebind({ number: seat, isConnected: connected }: RemoteSeat): void {
    this.#link?.send({ case: "rebindSeat", value: { feed: this.number, seat, connected } });
  }

  #sayLeave(out: LinkWriter, seat: RemoteSeat): void {
    const { leaving, number } = seat;
    if (leaving === undefined) return;
    // Said once on each link; that it has ended is heard from the host.
    seat.isBound = false;
    const change = { case: "leave" as const, value: leaving.code };
    out.add(
      { case: "seatChange", value: { feed: this.number, seat: number, change } },
      overheadBytes,
    );
  }
}

function jsonOf(value: unknown): string {
  return value === undefined ? "" : JSON.stringify(value);
}
