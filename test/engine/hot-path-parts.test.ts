import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { InputQueue } from "../../server/room/inputs/queue.ts";
import { Member } from "../../server/room/members/member.ts";
import { IntrusiveQueue, type Queueable } from "../../server/schedule/intrusive-queue.ts";
import { fillTokens, takeTokens } from "../../server/schedule/token-bucket.ts";
import { KnownStrings } from "../../shared/wire/known-strings.ts";
import { WireReader } from "../../shared/wire/wire-reader.ts";
import { WireWriter } from "../../shared/wire/wire-writer.ts";

const seed = 20_261_120;

interface Waiter extends Queueable<Waiter> {
  readonly name: number;
}

describe("an intrusive queue", () => {
  it("serves like a set that is taken from in order, whatever is done to it", () => {
    const step = fc.oneof(
      fc.record({ push: fc.nat(5) }),
      fc.constant("shift" as const),
      fc.constant("clear" as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const members = Array.from({ length: 6 }, (_, name): Waiter => ({
          name,
          nextInQueue: undefined,
          isInQueue: false,
        }));
        const queue = new IntrusiveQueue<Waiter>();
        const plain = new Set<number>();
        for (const one of steps) {
          if (one === "clear") {
            queue.clear();
            plain.clear();
          } else if (one === "shift") {
            const [first] = plain;
            assert.equal(queue.shift()?.name, first);
            if (first !== undefined) plain.delete(first);
          } else {
            const member = members[one.push];
            if (member !== undefined) queue.push(member);
            plain.add(one.push);
          }
          assert.equal(queue.length, plain.size);
          assert.deepEqual(
            members.filter(({ isInQueue }) => isInQueue).map(({ name }) => name),
            [...plain].sort(),
          );
        }
      }),
      { seed },
    );
  });
});

describe("a token bucket", () => {
  it("FL-1: counts in whole numbers what one with fractions counts", () => {
    const config = { perSecond: 60, burst: 120 };
    const taken = fc.record({ afterMs: fc.nat(400), count: fc.integer({ min: 1, max: 60 }) });
    fc.assert(
      fc.property(fc.array(taken, { maxLength: 60 }), (steps) => {
        const bucket = { tokens: 0, tokensAtMs: 0 };
        fillTokens(bucket, config, 0);
        let nowMs = 0;
        let tokens = config.burst;
        for (const { afterMs, count } of steps) {
          nowMs += afterMs;
          tokens = Math.min(config.burst, tokens + (afterMs * config.perSecond) / 1_000) - count;
          const waitMs = tokens >= 0 ? 0 : ((config.burst / 2 - tokens) * 1_000) / config.perSecond;
          // Fractions of fractions are what the other one has wrong.
          if (Math.abs(tokens) < 1e-6) continue;
          assert.ok(Math.abs(takeTokens(bucket, config, count, nowMs) - waitMs) < 1e-6);
        }
      }),
      { seed },
    );
  });

  it("FL-1: loses no time to fractions of a millisecond", () => {
    const config = { perSecond: 60, burst: 120 };
    const bucket = { tokens: 0, tokensAtMs: 0 };
    fillTokens(bucket, config, 0.9);
    let debts = 0;
    // 2,500 a second for two seconds: all but 240 of them are too many.
    for (let step = 1; step <= 5_000; step++)
      if (takeTokens(bucket, config, 1, step * 0.4) > 0) debts++;
    assert.ok(debts >= 5_000 - 125 && debts <= 5_000 - 120, `${debts} of 5,000 in debt`);
  });
});

describe("known strings", () => {
  const ids = ["1", "room-1", "room-2", "ä", "日本", "x".repeat(64), "y".repeat(65)];

  it("give the string that any other reader gives, the first time and ever after", () => {
    const known = new KnownStrings();
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom(...ids), fc.string())), (values) => {
        const writer = new WireWriter();
        for (const value of values) writer.string(value);
        const reader = new WireReader(writer.copy());
        assert.deepEqual(
          values.map(() => reader.knownString(known)),
          values,
        );
        assert.equal(reader.pos, reader.end);
      }),
      { seed, numRuns: 500 },
    );
  });

  it("do not take bytes that are no UTF-8 for a string that has them as units", () => {
    const known = new KnownStrings();
    for (let first = 0x80; first < 0x100; first++) {
      for (let second = 0xc0; second < 0x100; second++) {
        const value = String.fromCharCode(first, second);
        const writer = new WireWriter();
        writer.string(value);
        assert.equal(new WireReader(writer.copy()).knownString(known), value);
        const units = Uint8Array.of(2, first, second);
        assert.throws(() => new WireReader(units).knownString(known), { code: "malformed-frame" });
      }
    }
  });
});

describe("the inputs of a room that wait", () => {
  const seatOf = (number: number) => {
    const player = { id: `${number}`, sessionId: "1", claims: undefined, connected: true };
    return new Member({ number, player, joinCursor: 0 });
  };

  it("FL-2, TK-2: come out as they went in, but for the oldest of who sends too much", () => {
    const limits = { unackedInputsMax: 3, ephemeralInputsMax: 2, pendingRepliesMax: 1 };
    const sent = fc.record({
      seat: fc.nat(2),
      ephemeral: fc.boolean(),
      payload: fc.uint8Array({ maxLength: 200 }),
      wantsReply: fc.boolean(),
    });
    const step = fc.oneof({ weight: 6, arbitrary: sent }, fc.constantFrom("drain", "takeOf"));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const queue = new InputQueue(limits);
        const seats = [seatOf(0), seatOf(1), seatOf(2)];
        let waiting: string[] = [];
        let seq = 0;
        const shown = (one: Parameters<Parameters<InputQueue["drain"]>[0]>[0]) =>
          `${one.member.number} ${one.seq} ${one.kind} ${one.wantsReply} ${one.bytes.slice(one.start, one.end).join()}`;
        const isOf = (number: number, ephemeral: boolean) => (text: string) =>
          text.startsWith(`${number} `) && text.startsWith(`${number} 0 `) === ephemeral;
        for (const one of steps) {
          if (one === "drain") {
            const drained: string[] = [];
            queue.drain((input) => drained.push(shown(input)) > 0);
            assert.deepEqual(drained, waiting);
            waiting = [];
          } else if (one === "takeOf") {
            const [first] = seats;
            const taken = first === undefined ? [] : queue.takeOf(first).map(shown);
            assert.deepEqual(
              taken,
              waiting.filter((text) => text.startsWith("0 ")),
            );
            waiting = waiting.filter((text) => !text.startsWith("0 "));
          } else if (typeof one === "object") {
            const seat = seats[one.seat];
            if (seat === undefined) continue;
            // What stands around a payload is not it.
            const bytes = Uint8Array.of(1, 2, ...one.payload, 3);
            const range = { bytes, start: 2, end: bytes.length - 1 };
            const { ephemeral, wantsReply } = one;
            const input = { seq: ephemeral ? 0 : ++seq, kind: 7, wantsReply, ...range };
            const same = waiting.filter(isOf(one.seat, ephemeral));
            const max = ephemeral ? limits.ephemeralInputsMax : limits.unackedInputsMax;
            const oldest = same.length >= max ? same[0] : undefined;
            const dropped = queue.push(seat, input);
            assert.equal(dropped && shown(dropped), oldest);
            if (oldest !== undefined) waiting.splice(waiting.indexOf(oldest), 1);
            waiting.push(shown({ member: seat, ...input }));
            bytes.fill(0xff);
          }
        }
      }),
      { seed, numRuns: 500 },
    );
  });

  it("FL-2: take no more memory than one tick's inputs need", () => {
    const queue = new InputQueue({
      unackedInputsMax: 32,
      ephemeralInputsMax: 32,
      pendingRepliesMax: 1,
    });
    const seat = seatOf(0);
    const input = { kind: 1, bytes: new Uint8Array(50), start: 0, end: 50, wantsReply: false };
    const sizes = new Set<number>();
    for (let tick = 0; tick < 100; tick++) {
      for (let count = 0; count < 10; count++)
        queue.push(seat, { seq: tick * 10 + count, ...input });
      queue.drain(({ bytes }) => sizes.add(bytes.length).size > 0);
    }
    assert.deepEqual([...sizes], [1_024]);
    const large = { ...input, bytes: new Uint8Array(100_000), end: 100_000 };
    queue.push(seat, { seq: 0, ...large });
    queue.drain(() => true);
    queue.drain(() => true);
    for (let tick = 0; tick < 2; tick++) {
      queue.push(seat, { seq: 0, ...input });
      queue.drain(({ bytes }) => sizes.add(bytes.length).size > 0);
    }
    assert.deepEqual([...sizes], [1_024], "what a large one needed is not kept");
  });
});
