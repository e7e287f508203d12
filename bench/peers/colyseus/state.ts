import { schema, t, type SchemaType } from "@colyseus/schema";

/** What a player has: the smallest types that hold it, so that patches are as small as they can be. */
export const Ship = schema(
  {
    x: t.float32(),
    y: t.float32(),
    hp: t.uint16(),
    score: t.uint16(),
    seq: t.uint16(),
  },
  "Ship",
);
export type Ship = SchemaType<typeof Ship>;

/** The state of an arena. */
export const ArenaState = schema({ ships: t.map(Ship) }, "ArenaState");
export type ArenaState = SchemaType<typeof ArenaState>;
