import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { foldRecords } from "../../server/room/durable/fold-records.ts";
import {
  checksumBytes,
  openRecord,
  readRecords,
  sealRecord,
} from "../../server/room/durable/record.ts";
import { RoomImageSchema } from "../../shared/gen/roomline/room/v1/image_pb.ts";
import { RoomRecordSchema, type RoomRecord } from "../../shared/gen/roomline/room/v1/record_pb.ts";

/** A room with one seat, of whose inputs five have come and three were handled. */
function imageOf() {
  return create(RoomImageSchema, {
    ...{ recordN: 7n, atMs: 1_000, tick: 9n },
    feed: {
      head: 4n,
      stateTick: 8n,
      previousStateTick: 6n,
      entries: [{ cursor: 4n }],
      agesMs: [5],
    },
    open: { entries: [{ cursor: 5n }], acks: [1n, 3n], stateHead: 5n, urgent: true },
    state: { tick: 8n, tables: [{ name: "rows", pending: new Uint8Array(3) }] },
    seats: {
      seats: [{ number: 1, playerId: "ann", takenSeq: 5n, handledSeq: 3n, openRequests: [2n, 4n] }],
      inputs: [{ seat: 1, seq: 4n }],
      lastNumber: 1,
    },
    alarms: [{ name: "ring", leftMs: 500 }],
  });
}

function recordOf(n: bigint, init: object = {}) {
  return create(RoomRecordSchema, { n, term: 3n, tick: 10n, atMs: 1_200, ...init });
}

function sealed(record: RoomRecord): Uint8Array {
  const body = toBinary(RoomRecordSchema, record);
  return sealRecord(Buffer.concat([new Uint8Array(checksumBytes), body]));
}

describe("records folded into an image", () => {
  it("DU-2: forget what nobody has seen, so that inputs that waited come again", () => {
    const image = imageOf();
    foldRecords(image, [recordOf(8n)]);
    const [seat] = image.seats?.seats ?? [];
    assert.deepEqual([seat?.takenSeq, seat?.handledSeq, seat?.openRequests], [3n, 3n, [2n]]);
    assert.deepEqual([image.seats?.inputs, image.open?.entries, image.open?.acks], [[], [], []]);
    assert.equal(image.state?.tables[0]?.pending.length, 0);
    assert.deepEqual(
      [image.recordN, image.tick, image.term, image.open?.stateHead],
      [8n, 10n, 3n, 4n],
    );
    assert.deepEqual([image.alarms[0]?.leftMs, image.feed?.agesMs], [300, [205]]);
  });

  it("have the newest of each: entries, ticks, seats, answers, alarms", () => {
    const image = imageOf();
    const kind = { case: "reply", value: { seq: 2n, payload: new Uint8Array([1]) } };
    const failed = { case: "error", value: { inputSeq: 3n, code: "refused" } };
    foldRecords(image, [
      recordOf(8n, {
        entries: [{ cursor: 5n }],
        patch: { baseTick: 8n, tick: 10n },
        seats: [{ number: 2, kind: { case: "taken", value: { number: 2, playerId: "bob" } } }],
        answers: [
          { seat: 1, kind },
          { seat: 1, kind: failed },
        ],
      }),
      recordOf(9n, {
        atMs: 1_300,
        seats: [
          { number: 2, kind: { case: "gone", value: true } },
          { number: 1, kind: { case: "inputs", value: { handledSeq: 6n, appliedSeq: 5n } } },
        ],
        alarms: { alarms: [] },
      }),
    ]);
    const [seat, ...others] = image.seats?.seats ?? [];
    assert.equal(others.length, 0);
    assert.deepEqual([seat?.takenSeq, seat?.appliedSeq, seat?.openRequests], [6n, 5n, []]);
    assert.deepEqual(
      [seat?.replies.map(({ seq }) => seq), seat?.parked?.errors.map(({ inputSeq }) => inputSeq)],
      [[2n], [3n]],
    );
    assert.deepEqual([image.seats?.lastNumber, image.alarms], [2, []]);
    const { head, stateTick, previousStateTick, agesMs } = image.feed ?? assert.fail();
    assert.deepEqual([head, stateTick, previousStateTick, agesMs], [5n, 10n, 8n, [305, 100]]);
  });

  it("show what an image has that was kept in place of a record, and leave any other as it is", () => {
    const shown = imageOf();
    if (shown.open !== undefined) shown.open.stored = true;
    foldRecords(shown, []);
    assert.deepEqual([shown.feed?.head, shown.open?.entries.length], [5n, 0]);
    const other = imageOf();
    foldRecords(other, []);
    assert.deepEqual(other, imageOf());
  });

  it("are read up to one that is cut, changed or missing, which is said", () => {
    const [one, two, four] = [8n, 9n, 11n].map((n) => sealed(recordOf(n))) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    assert.equal(openRecord(one).n, 8n);
    for (let at = 0; at < two.length; at++) {
      const other = Uint8Array.from(two);
      other[at] = (other[at] ?? 0) ^ 1;
      assert.throws(() => openRecord(other), { code: "invalid-image" });
      assert.throws(() => openRecord(two.subarray(0, at)), { code: "invalid-image" });
    }
    const numbers = (kept: Uint8Array[], after = 7) => {
      const { records, fault } = readRecords(kept, after);
      return [records.map(({ n }) => Number(n)), fault?.message.replace(/^.*: /, "")];
    };
    assert.deepEqual(numbers([one, two]), [[8, 9], undefined]);
    assert.deepEqual(numbers([one, two], 8), [[9], undefined], "the image has it already");
    assert.deepEqual(numbers([one, two, four]), [[8, 9], "it is number 11, after number 9."]);
  });
});
