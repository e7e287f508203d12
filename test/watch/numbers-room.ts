import * as v from "valibot";
import { defineContract, json } from "roomline/contract";
import { defineRoom, type Room, type RoomDefinition, type RoomType } from "roomline/server";
import { EveryTypeSchema } from "../gen/roomline/test/v1/every_type_pb.ts";

/** Events as plain as can be: numbers as JSON, and one kind as protobuf. */
export const numbers = defineContract({
  events: {
    number: json(v.number()),
    odd: json(v.object({ value: v.number() })),
    text: json(v.string()),
    binary: EveryTypeSchema,
  },
});

export type Numbers = typeof numbers;
export type NumbersRoom = Room<Numbers, undefined>;

/** A room type whose rooms are in the hands of the test. */
export interface HeldNumbers {
  readonly type: RoomType;
  /** The newest room with this id. */
  room(roomId: string): NumbersRoom;
}

export function holdNumbers(
  definition: Partial<RoomDefinition<Numbers, undefined>> = {},
): HeldNumbers {
  const rooms = new Map<string, NumbersRoom>();
  const type = defineRoom<Numbers>(numbers, {
    watchable: true,
    emptyDelayMs: Infinity,
    ...definition,
    create(room) {
      rooms.set(room.id, room as NumbersRoom);
      return undefined;
    },
  });
  return {
    type,
    room(roomId) {
      const room = rooms.get(roomId);
      if (room === undefined) throw new Error(`There is no room "${roomId}".`);
      return room;
    },
  };
}
