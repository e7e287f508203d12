import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { InputRing } from "../../server/feed/link/input-ring.ts";

const config = { unackedInputsMax: 4, ephemeralInputsMax: 2 };

function ringOf(...seqs: number[]): InputRing {
  const ring = new InputRing(config);
  for (const seq of seqs) add(ring, seq);
  return ring;
}

/** A seq that wants a reply is negative. */
function add(ring: InputRing, seq: number, kind = 1) {
  const bytes = Uint8Array.of(0, 7, 0);
  const at = { bytes, start: 1, end: 2 };
  const dropped = ring.add({ seq: Math.abs(seq), kind, ...at, wantsReply: seq < 0 });
  bytes.fill(9);
  return dropped;
}

function said(ring: InputRing): number[] {
  const seqs = [];
  for (let input = ring.next(); input !== undefined; input = ring.next()) {
    assert.deepEqual(input.payload, Uint8Array.of(7), "its own bytes");
    seqs.push(input.seq);
  }
  return seqs;
}

describe("input ring", () => {
  it("says inputs once and in order, and keeps them until they are acknowledged", () => {
    const ring = ringOf(1, 2, 3);
    assert.deepEqual(said(ring), [1, 2, 3]);
    assert.deepEqual(said(ring), []);
    ring.acked(2);
    assert.equal(ring.size, 1);
    add(ring, 4);
    assert.deepEqual(said(ring), [4]);
    ring.acked(4);
    assert.equal(ring.size, 0);
  });

  it("keeps an input that wants a reply until it has one", () => {
    const ring = ringOf(1, -2);
    said(ring);
    ring.acked(2);
    assert.equal(ring.size, 1);
    ring.replied(2);
    assert.equal(ring.size, 0);
  });

  it("after a loss, says again what the room has not had, and what waits for a reply, in order", () => {
    const ring = ringOf(1, -2, 3, 4);
    said(ring);
    ring.lost();
    ring.again(3);
    assert.deepEqual(said(ring), [2, 4]);
    ring.acked(4);
    assert.equal(ring.size, 1);
  });

  it("after a loss, says what was never said, once", () => {
    const ring = ringOf(1, 2);
    said(ring);
    add(ring, 3);
    ring.lost();
    ring.again(1);
    assert.deepEqual(said(ring), [2, 3]);
  });

  it("IN-4: asks again for replies to what was said over another node, as far as the room has had that", () => {
    const ring = new InputRing(
      { unackedInputsMax: 8, ephemeralInputsMax: 2 },
      { takenSeq: 5, openRequests: [3, 5] },
    );
    ring.again(4);
    assert.deepEqual(ring.next(), {
      seq: 3,
      kind: 0,
      payload: new Uint8Array(0),
      wantsReply: true,
    });
    assert.equal(ring.next(), undefined);
    ring.again(5);
    assert.ok(ring.replied(3) && !ring.replied(3));
    assert.deepEqual([ring.next()?.seq, ring.next()], [5, undefined]);
  });

  it("says ephemeral inputs in order with the others, and never again", () => {
    const ring = ringOf(1, 0, 2);
    assert.deepEqual(said(ring), [1, 0, 2]);
    assert.equal(ring.size, 2);
    add(ring, 0);
    ring.lost();
    ring.again(0);
    assert.deepEqual(said(ring), [1, 2]);
  });

  it("takes what was here before only if it may still be answered again", () => {
    const ring = ringOf(1, -2, 3, 4);
    for (const seq of [1, -2, 3, 4]) assert.equal(add(ring, seq), undefined, "nothing has to go");
    assert.equal(ring.size, 4);
    assert.deepEqual(said(ring), [1, 2, 3, 4]);
    ring.acked(4);
    ring.replied(2);
    for (const seq of [1, -2, 3]) add(ring, seq);
    assert.deepEqual(said(ring), [2]);
    assert.equal(ring.replied(2), true);
    assert.equal(ring.replied(2), false);
  });

  it("lets the oldest go that was not said when there are too many, of its own sort", () => {
    const ring = ringOf(1, 2);
    said(ring);
    for (const seq of [3, 4]) assert.equal(add(ring, seq), undefined);
    assert.equal(add(ring, 0, 11), undefined);
    assert.equal(add(ring, 0, 12), undefined);
    assert.equal(add(ring, 5)?.seq, 3);
    const ephemeral = add(ring, 0, 13);
    assert.deepEqual([ephemeral?.seq, ephemeral?.kind], [0, 11]);
    assert.equal(ring.size, 6);
    assert.deepEqual(said(ring), [4, 0, 5, 0]);
  });
});
