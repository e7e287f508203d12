import { defineRoom, type RoomType } from "roomline/server";
import { field } from "./pages/field.ts";

/** What the rooms of {@link createFieldRooms} have done. */
export interface FieldRooms {
  readonly type: RoomType;
  /** Whether ships move, and numbers are published. */
  isMoving: boolean;
  /** How often each ship has changed, by room and name: `one/ship 7`. */
  readonly changes: ReadonlyMap<string, number>;
  /** How many numbers each room has published, from 1. */
  readonly published: ReadonlyMap<string, number>;
  /** Joins and leaves, resumes and losses, in their order: `join one`. */
  readonly calls: readonly string[];
  /** The numbers that each player has added, by its id. */
  readonly added: ReadonlyMap<string, readonly number[]>;
}

/** How many ships there are. */
export const shipCount = 200;
/** How many of them move in each tick. */
const movesInTick = 20;

/** Rooms of 200 ships at 20 Hz, of which 20 move in each tick. */
export function createFieldRooms(): FieldRooms {
  const changes = new Map<string, number>();
  const published = new Map<string, number>();
  const calls: string[] = [];
  const added = new Map<string, number[]>();
  const rooms = { isMoving: true, changes, published, calls, added };
  const type = defineRoom(field, {
    tickRateHz: 20,
    emptyDelayMs: Infinity,
    create({ state }) {
      for (let index = 0; index < shipCount; index++) state.ships.set(`ship ${index}`, { x: 0 });
    },
    onJoin: ({ id }) => void calls.push(`join ${id}`),
    onDrop: ({ id }) => void calls.push(`drop ${id}`),
    onResume: ({ id }) => void calls.push(`resume ${id}`),
    onLeave: ({ id }) => void calls.push(`leave ${id}`),
    onTick(room, { tick }) {
      if (!rooms.isMoving) return;
      for (let index = 0; index < movesInTick; index++) {
        const name = `ship ${(tick * movesInTick + index) % shipCount}`;
        const ship = room.state.ships.get(name);
        if (ship === undefined) continue;
        ship.x++;
        const key = `${room.id}/${name}`;
        changes.set(key, (changes.get(key) ?? 0) + 1);
      }
      const number = (published.get(room.id) ?? 0) + 1;
      published.set(room.id, number);
      room.publish("ticked", number);
    },
    onInput: {
      add(_room, { id }, number) {
        added.set(id, [...(added.get(id) ?? []), number]);
      },
    },
  });
  return Object.assign(rooms, { type });
}
