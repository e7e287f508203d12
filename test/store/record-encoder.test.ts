import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { openRecord } from "../../server/room/durable/record.ts";
import { encodeRecord, type RareParts } from "../../server/room/durable/record-encoder.ts";
import { RoomRecordSchema } from "../../shared/gen/roomline/room/v1/record_pb.ts";

const count = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.maxSafeNat());
const bytes = fc.uint8Array({ maxLength: 300 });
const patch = fc.option(fc.record({ baseTick: count, tick: count, body: bytes }), {
  nil: undefined,
});
const seqs = fc.array(count, { maxLength: 4 });
const progress = fc.record({
  seat: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  ...{ handledSeq: count, appliedSeq: count, openRequests: seqs, atWork: seqs },
});
const rareParts: fc.Arbitrary<RareParts | undefined> = fc.option(
  fc.record({
    entries: fc.array(fc.record({ cursor: fc.bigInt({ min: 0n, max: 2n ** 60n }), body: bytes })),
    answers: fc.constant([{ seat: 3, kind: { case: "reply", value: { seq: 2n } } } as const]),
    seats: fc.constant([{ number: 9, kind: { case: "gone", value: true } } as const]),
    random: fc.array(fc.nat(), { maxLength: 4 }),
  }),
  { nil: undefined },
);

describe("records of durable rooms", () => {
  it("are read by the generated code as what they were made of", () => {
    fc.assert(
      fc.property(
        fc.record({ n: count, term: count, tick: count, atMs: fc.double({ noNaN: true }) }),
        fc.record({
          ...{ patch, hidden: patch, inputs: fc.array(progress, { maxLength: 30 }) },
          saved: fc.option(bytes, { nil: undefined }),
        }),
        rareParts,
        (moment, frequent, rare) => {
          const { inputs, saved } = frequent;
          const wire = (diff: typeof frequent.patch) =>
            diff && { baseTick: BigInt(diff.baseTick), tick: BigInt(diff.tick), body: diff.body };
          const [one, other] = [wire(frequent.patch), wire(frequent.hidden)];
          const expected = create(RoomRecordSchema, {
            ...{ n: BigInt(moment.n), term: BigInt(moment.term), tick: BigInt(moment.tick) },
            ...{ atMs: moment.atMs, ...rare },
            ...(one !== undefined && { patch: one }),
            ...(other !== undefined && { hidden: other }),
            ...(saved !== undefined && { saved }),
            seats: [
              ...inputs.map(({ seat, handledSeq, appliedSeq, openRequests, atWork }) => ({
                number: seat,
                kind: {
                  case: "inputs" as const,
                  value: {
                    ...{ handledSeq: BigInt(handledSeq), appliedSeq: BigInt(appliedSeq) },
                    openRequests: openRequests.map(BigInt),
                    atWork: atWork.map(BigInt),
                  },
                },
              })),
              ...(rare?.seats ?? []),
            ],
          });
          assert.deepEqual(openRecord(encodeRecord(moment, frequent, rare)), expected);
        },
      ),
    );
  });
});
