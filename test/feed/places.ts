import assert from "node:assert/strict";
import type { CloseReason } from "../../shared/close-reason.ts";
import type { RoomlineError } from "../../shared/errors.ts";
import { createSeededRandom } from "../../shared/random.ts";
import { createContractTable } from "../../shared/contract/contract-table.ts";
import { createStateMirror, type StateMirror } from "../../client/state/mirror.ts";
import type { OfferedRooms } from "../../server/feed/link/edge-peer.ts";
import type { Follower, RoomFeed, StatePatch } from "../../server/feed/feed.ts";
import type { InputReply, Refusal, RoomInput, SeatDesk, Seated } from "../../server/feed/inbox.ts";
import type { RoomRef } from "../../server/feed/catalogue.ts";
import type { RoomType } from "../../server/room/define-room.ts";
import { WireReader } from "../../shared/wire/wire-reader.ts";
import { createBench, bytesOf, type Bench } from "../engine/harness.ts";
import { echoContract } from "../engine/rooms.ts";
import { linkTo, type NodeLink } from "../simulation/node-link.ts";

/** Where the rooms of a test are. */
export interface Place {
  readonly bench: Bench;
  readonly rooms: OfferedRooms;
  readonly link: NodeLink | undefined;
  /** Lets everything that follows from what was done happen. */
  settle(): Promise<void>;
  /** Something befalls the way to the rooms, if there is one, and is over again. */
  trouble(): Promise<void>;
  /** Ends everything, and proves that nothing is left. */
  finish(): Promise<void>;
}

/** Where rooms can be: here; at another node; and there, with a link that is lost in the midst of each test. */
export const places = ["at home", "across a link", "across a link that is cut"] as const;

export function createPlace(
  where: (typeof places)[number],
  rooms: Readonly<Record<string, RoomType>>,
): Place {
  const bench = createBench({ rooms });
  const { clock, engine } = bench;
  const link =
    where === "at home" ? undefined : linkTo(engine, { clock, random: createSeededRandom(7) });
  const settle = () => clock.advanceAsync(400);
  return {
    bench,
    link,
    rooms: link?.rooms ?? engine.catalogue,
    settle,
    async trouble() {
      if (where === "across a link that is cut") link?.cut();
      await settle();
    },
    async finish() {
      await clock.advanceAsync(15_000);
      assert.equal(link?.rooms.replicas ?? 0, 0, "replicas left");
      link?.stop();
      await clock.advanceAsync(1_000);
      assert.equal(link?.open ?? 0, 0, "links left");
      bench.finish();
    },
  };
}

/** A desk that remembers what it was told, in order. */
export class Desk implements SeatDesk {
  acked = 0;
  seat = 0;
  joinCursor = 0;
  readonly told: string[] = [];
  advances = 0;

  seated({ seat, joinCursor }: Seated): void {
    this.seat = seat;
    this.joinCursor = joinCursor;
    this.told.push("seated");
  }

  refused(error: RoomlineError): void {
    this.told.push(`refused ${error.code}: ${error.message}`);
  }

  reply(seq: number, reply: InputReply): void {
    const text = reply.kind === "payload" ? new TextDecoder().decode(reply.payload) : reply.code;
    this.told.push(`reply ${seq} ${text}`);
  }

  error({ code }: Refusal, inputSeq: number): void {
    this.told.push(`error ${inputSeq} ${code}`);
  }

  onAdvance(): void {
    this.advances++;
  }

  ended(reason: CloseReason, detail: string): void {
    this.told.push(`ended ${reason.name} ${detail}`.trimEnd());
  }
}

/** A reader without a seat. */
export class Reader implements Follower {
  readonly watches = 1;
  advances = 0;
  end = "";

  onAdvance(): void {
    this.advances++;
  }

  onClosed({ reason, detail }: { reason: CloseReason; detail: string }): void {
    this.end = `${reason.name} ${detail}`.trimEnd();
  }
}

/** Asks for a seat. */
export function join(room: RoomRef, playerId: string, more: { reservation?: string } = {}): Desk {
  const desk = new Desk();
  const request = { playerId, sessionId: "1", claims: undefined, options: undefined };
  room.inbox.join({ reservation: "", ...request, ...more }, desk);
  return desk;
}

const kinds = ["", "say", "shout", "whisper", "put", "fail"] as const;

/** An input of the echo room. */
export function input(
  seq: number,
  kind: (typeof kinds)[number],
  value: unknown,
  wantsReply = false,
): RoomInput {
  const bytes = bytesOf(value);
  return { seq, kind: kinds.indexOf(kind), bytes, start: 0, end: bytes.length, wantsReply };
}

/** The texts of the events that are held, and who may see them. */
export function texts(feed: RoomFeed, from = feed.log.first): string[] {
  const found: string[] = [];
  for (let cursor = from; cursor <= feed.log.head; cursor++) {
    const entry = feed.log.get(cursor);
    assert.ok(entry?.cursor === cursor);
    found.push(/"(.*?)"/.exec(new TextDecoder().decode(entry.body))?.[1] ?? "");
  }
  return found;
}

/** A copy of the tables of an echo room, kept up from a feed. */
export class Tables {
  readonly #mirror: StateMirror = createStateMirror(createContractTable(echoContract).tables, {
    onError: (thrown) => assert.fail(String(thrown)),
  });

  get tick(): number {
    return this.#mirror.tick;
  }

  /** The rows, as they are here. */
  get rows(): Record<string, unknown> {
    return Object.fromEntries(this.#mirror.tables["scores"] ?? []);
  }

  apply(patch: StatePatch | "later" | undefined): void {
    assert.ok(patch !== undefined && patch !== "later", "there is a patch");
    const reader = new WireReader(patch.body);
    reader.varint();
    const length = reader.varint();
    this.#mirror.apply(patch.body.subarray(reader.pos, reader.pos + length));
  }
}
