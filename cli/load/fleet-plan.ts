import type { LoadOptions } from "./load-options.ts";
import type { RoomRecord } from "./seat.ts";

/** Which rooms each player is in. */
export interface FleetPlan {
  readonly rooms: readonly RoomRecord[];
  /** The rooms of a player, by its index. */
  roomsOf(player: number): readonly RoomRecord[];
}

/** Groups players in order: each group of `roomSize` shares as many rooms as a player has. */
export function planFleet(
  options: Pick<LoadOptions, "players" | "roomSize" | "roomsPerPlayer">,
  run: string,
): FleetPlan {
  const { players, roomSize, roomsPerPlayer } = options;
  const rooms: RoomRecord[] = [];
  const groups = Math.ceil(players / roomSize);
  for (let group = 0; group < groups; group++) {
    for (let index = 0; index < roomsPerPlayer; index++) {
      const id = `load-${run}-${group}-${index}`;
      // One seat more: for the newcomer that the audit brings.
      rooms.push({ id, maxPlayers: roomSize + 1, seats: [], isLost: false, published: 0 });
    }
  }
  return {
    rooms,
    roomsOf(player) {
      const first = Math.floor(player / roomSize) * roomsPerPlayer;
      return rooms.slice(first, first + roomsPerPlayer);
    },
  };
}
