import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { RoomsList } from "../../client/lobby/rooms-list.ts";
import { WatchRoomsResponseSchema } from "../../shared/gen/roomline/v1/lobby_pb.ts";

type Message = MessageInitShape<typeof WatchRoomsResponseSchema>;

function room(roomId: string, ordinal: number, players = 0) {
  return { roomId, ordinal: BigInt(ordinal), players };
}

/** A list, and what it says to one message after the other: the rooms, what changed, what went. */
function createList() {
  const list = new RoomsList();
  list.begin();
  const take = (message: Message): string | undefined => {
    const change = list.take(create(WatchRoomsResponseSchema, message));
    if (change === undefined) return undefined;
    const { rooms, changed, removed } = change;
    return [[...rooms.keys()], changed.map(({ roomId }) => roomId), removed]
      .map((ids) => ids.join(" "))
      .join(" | ");
  };
  return { list, take };
}

describe("a watched list of rooms", () => {
  it("LB-3: rooms are in the order they were made in, also those that come back or come late", () => {
    const { take } = createList();
    assert.equal(take({ rooms: [room("a", 1), room("b", 2), room("d", 4)] }), "a b d | a b d | ");
    assert.equal(take({ removed: ["a"] }), "b d |  | a");
    assert.equal(take({ rooms: [room("a", 1), room("b", 2, 1)] }), "a b d | a b | ");
    assert.equal(take({ rooms: [room("d", 4, 1)], more: true }), undefined);
    assert.equal(take({ rooms: [room("c", 3)] }), "a b c d | c d | ");
    // An id that is used again.
    assert.equal(take({ removed: ["b"], rooms: [room("b", 5)] }), "a c d b | b | b");
  });

  it("LB-3: an empty list is told, once", () => {
    const { take } = createList();
    assert.equal(take({}), " |  | ");
    assert.equal(take({}), undefined);
  });

  it("LB-3: a server that counts anew gives a new order, without a room that looks different", () => {
    const { list, take } = createList();
    assert.equal(take({ rooms: [room("a", 7), room("b", 9)] }), "a b | a b | ");
    list.begin();
    assert.equal(take({ rooms: [room("b", 1), room("a", 2), room("c", 3)] }), "b a c | c | ");
  });
});
