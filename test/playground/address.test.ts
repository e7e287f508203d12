import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hashOf, linkedBy, playersMax, type Linked } from "../../playground/session/address.ts";

const name = fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" });
const text = fc.string({ maxLength: 20, unit: "grapheme" });
const plain = { noNullPrototype: true } as const;
const linked: fc.Arbitrary<Linked> = fc.record(
  {
    wish: fc.option(
      fc
        .record(
          {
            roomType: text,
            roomId: text,
            mode: fc.constantFrom("join", "create", "join-or-create"),
            options: text,
          },
          plain,
        )
        .filter(({ roomType, roomId }) => roomType + roomId !== ""),
      { nil: undefined },
    ),
    players: fc.array(fc.record({ name, exact: fc.boolean(), network: text }, plain), {
      maxLength: playersMax,
    }),
  },
  plain,
);

test("what a page is goes into its address and comes out of it again", () => {
  fc.assert(
    fc.property(linked, (what) => {
      assert.deepEqual(linkedBy(hashOf(what)), what);
    }),
  );
});

test("a link is short and can be read", () => {
  const wish = { roomType: "arena", roomId: "a-7", mode: "join-or-create", options: "" } as const;
  const ada = { name: "ada", exact: false, network: "" };
  const bob = { name: "bob", exact: true, network: "train" };
  const hash = hashOf({ wish, players: [ada, bob] });
  assert.equal(hash, "#type=arena&room=a-7&player=ada&client=bob&network=train");
  assert.equal(hashOf({ wish: undefined, players: [] }), "");
});

test("whatever else a link says is left out", () => {
  const players = "&player=x".repeat(playersMax + 5);
  const { wish, players: read } = linkedBy(`#network=lossy&mode=steal&room=a&what=ever${players}`);
  assert.deepEqual(wish, { roomType: "", roomId: "a", mode: "join-or-create", options: "" });
  assert.equal(read.length, playersMax);
  assert.deepEqual(read[0], { name: "x", exact: false, network: "" });
  fc.assert(fc.property(fc.string(), (hash) => void linkedBy(hash)));
});
