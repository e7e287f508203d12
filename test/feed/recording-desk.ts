import assert from "node:assert/strict";
import { fromBinary } from "@bufbuild/protobuf";
import { createStateMirror } from "../../client/state/mirror.ts";
import type { CloseReason } from "../../shared/close-reason.ts";
import type { RoomlineError } from "../../shared/errors.ts";
import { ServerMessageSchema } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { RoomRef } from "../../server/feed/catalogue.ts";
import { fallenOff } from "../../server/feed/cursor.ts";
import { isFor, type FeedEnd, type Follower, type RoomFeed } from "../../server/feed/feed.ts";
import type {
  InputReply,
  JoinRequest,
  MovedRoom,
  Refusal,
  SeatDesk,
  Seated,
} from "../../server/feed/inbox.ts";
import { stateBytes } from "../state/wire-state.ts";
import { feedKinds } from "./contract-rooms.ts";

const decoder = new TextDecoder();

/** A reader of a feed, as sessions and watches are: reads what there is whenever it is told that there may be something. */
export class Reader {
  room: RoomRef;
  /** What it has read and was told, in order. */
  readonly heard: string[] = [];
  readonly mirror = createStateMirror(feedKinds.tables, {
    onError(error) {
      throw error;
    },
  });
  /** Whom audiences are about; empty: nobody. */
  readonly playerId: string = "";
  /** 0: none. */
  seat = 0;
  #cursor: number;
  #ephemeral: number;

  constructor(room: RoomRef, cursor = room.feed.log.head) {
    this.room = room;
    this.#cursor = cursor;
    this.#ephemeral = room.feed.ephemerals.head;
  }

  /** Goes on behind this entry. */
  startAt(cursor: number): void {
    this.#cursor = cursor;
    this.#ephemeral = this.room.feed.ephemerals.head;
  }

  /** The rows of the table, as far as they have been read. */
  get rows(): Record<string, number> {
    const rows: Record<string, number> = {};
    for (const [key, row] of this.mirror.tables["rows"] ?? []) rows[key] = (row as { n: number }).n;
    return rows;
  }

  /** Reads all there is. */
  read(): void {
    const { log, ephemerals } = this.room.feed;
    const lost = fallenOff(log, this.#cursor);
    if (lost !== undefined) {
      this.heard.push(`gap ${lost.from}-${lost.to}`);
      this.#cursor = lost.to;
    }
    while (this.#cursor < log.head) {
      const entry = log.get(++this.#cursor);
      assert.ok(entry, `entry ${this.#cursor} is held`);
      assert.equal(entry.cursor, this.#cursor);
      if (isFor(entry.audience, this.playerId))
        this.heard.push(`${entry.cursor} ${said(entry.body)}`);
    }
    this.#ephemeral = Math.max(this.#ephemeral, ephemerals.first - 1);
    while (this.#ephemeral < ephemerals.head) {
      const entry = ephemerals.get(++this.#ephemeral);
      assert.ok(entry, "the ephemeral is held");
      if (isFor(entry.audience, this.playerId)) this.heard.push(`- ${said(entry.body)}`);
    }
    this.readState();
  }

  readState(): void {
    const { feed } = this.room;
    if (feed.stateTick <= this.mirror.tick) return;
    const patch = feed.patch(this.mirror.tick);
    if (patch === undefined || patch === "later") return;
    assert.equal(this.mirror.apply(stateBytes(patch.body)), "applied");
  }
}

/** A seat: what is heard at its desk, between what is read. */
export class RecordingDesk extends Reader implements SeatDesk {
  override readonly playerId: string;
  acked = 0;
  taken: Seated | undefined;
  refusal: RoomlineError | undefined;
  end: CloseReason | undefined;
  /** Acknowledgements, each with the rows as they were to be read when it was there. */
  readonly acks: { readonly seq: number; readonly rows: Record<string, number> }[] = [];
  #seq = 0;

  constructor(playerId: string, room: RoomRef) {
    super(room);
    this.playerId = playerId;
  }

  /** Asks for a seat. */
  join(request: Partial<JoinRequest> = {}): this {
    this.room.inbox.join(
      {
        playerId: this.playerId,
        sessionId: `${this.playerId}'s`,
        claims: undefined,
        options: undefined,
        reservation: "",
        ...request,
      },
      this,
    );
    return this;
  }

  /** Asks for the seat that the player has over another node. */
  adopt(home = 0, sessionId = `${this.playerId}'s`): this {
    this.room.inbox.adopt({ playerId: this.playerId, sessionId, home }, this);
    return this;
  }

  /** Says something to the room, with the next seq or this one. Returns the seq. */
  say(
    kindName: string,
    payload: unknown,
    { seq = ++this.#seq, wantsReply = false }: { seq?: number; wantsReply?: boolean } = {},
  ): number {
    const kind = feedKinds.inputs.byName.get(kindName);
    assert.ok(kind, kindName);
    const payloadBytes = kind.encode(payload);
    // Somewhere in a frame that is written over as soon as it was handed over.
    const bytes = new Uint8Array(payloadBytes.length + 2);
    bytes.set(payloadBytes, 1);
    const { inbox } = this.room;
    const at = { bytes, start: 1, end: bytes.length - 1 };
    inbox.input(this.seat, { seq, kind: kind.number, ...at, wantsReply });
    bytes.fill(0xff);
    return seq;
  }

  ask(kindName: string, payload: unknown, seq?: number): number {
    return this.say(kindName, payload, { wantsReply: true, ...(seq !== undefined && { seq }) });
  }

  seated(seated: Seated): void {
    assert.equal(this.heard.length, 0, "nothing comes before it");
    this.taken = seated;
    this.seat = seated.seat;
    assert.ok(this.room.feed.log.head >= seated.joinCursor, "in order with the feed");
    this.startAt(seated.joinCursor);
    this.heard.push("seated");
    this.read();
  }

  refused(error: RoomlineError): void {
    this.refusal = error;
    this.heard.push(`refused ${error.code}`);
  }

  reply(seq: number, reply: InputReply): void {
    this.#isOpen();
    this.read();
    const text = reply.kind === "payload" ? decoder.decode(reply.payload) : reply.code;
    this.heard.push(`reply ${seq} ${text}`);
  }

  error({ code, message }: Refusal, inputSeq: number): void {
    this.#isOpen();
    this.heard.push(`error ${inputSeq} ${code}: ${message}`);
  }

  onAdvance(): void {
    this.#isOpen();
    this.read();
    const seq = this.room.feed.acked(this.seat);
    if (seq > (this.acks.at(-1)?.seq ?? 0)) this.acks.push({ seq, rows: this.rows });
  }

  ended(reason: CloseReason, detail: string): void {
    this.#isOpen();
    this.read();
    this.end = reason;
    this.heard.push(`ended ${reason.name} ${detail}`.trim());
  }

  moved(to: MovedRoom): void {
    this.room = to;
  }

  replaced(): void {
    this.heard.push("replaced");
  }

  #isOpen(): void {
    assert.notEqual(this.seat, 0, "nothing before seated");
    assert.equal(this.end, undefined, "nothing after ended");
  }
}

/** A reader without a seat. */
export class RecordingFollower extends Reader implements Follower {
  readonly watches = 1;
  advances = 0;
  closed: FeedEnd | undefined;

  onAdvance(): void {
    assert.equal(this.closed, undefined, "nothing after the end");
    this.advances++;
    this.read();
  }

  onMoved(feed: RoomFeed): void {
    this.room = { ...this.room, feed };
  }

  onClosed(end: FeedEnd): void {
    assert.equal(this.closed, undefined, "the end comes once");
    this.closed = end;
  }
}

/** The text of an event. */
export function said(body: Uint8Array): string {
  const message = fromBinary(ServerMessageSchema, body);
  assert.equal(message.body.case, "event");
  return String(JSON.parse(decoder.decode(message.body.value.payload)));
}
