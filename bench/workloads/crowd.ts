import type { Player, PlayerEvents, PlayerPlan } from "../peers/player.ts";
import type { LoadContext } from "./workload.ts";

/** Players that look into what they receive, at most: enough for a p99, too few to be a load. */
const lookersMax = 50;
/** Players that join at the same time. */
const joinersMax = 20;

/** A player's events but for those the crowd itself takes. */
export type CrowdEvents = Omit<PlayerEvents, "onLost">;

/** All players of a load. */
export interface Crowd {
  readonly players: readonly Player[];
  /** What went wrong, each thing once. */
  readonly problems: Set<string>;
  /** Bytes received by all so far. */
  bytesRead(): number;
}

/** The number of the room that a player is in with a seat: every seat has rooms of its own. */
export function roomOf({ params }: LoadContext, player: number, seat: number): string {
  return `${seat}-${Math.floor(player / params.roomSize)}`;
}

/** How many players the rooms of a player have: the last ones may not be full. */
export function playersWith({ params }: LoadContext, player: number): number {
  const first = Math.floor(player / params.roomSize) * params.roomSize;
  return Math.min(params.roomSize, params.players - first);
}

/** Whether a player looks: they are spread over all rooms. */
export function doesLook({ params }: LoadContext, player: number): boolean {
  return player % Math.max(2, Math.ceil(params.players / lookersMax)) === 0;
}

/** How a crowd joins. */
export interface CrowdPlan {
  readonly game: PlayerPlan["game"];
  /** The number of the first player. Default 0. */
  readonly from?: number;
  /** Which players look. Default {@link doesLook}. */
  readonly looks?: (player: number) => boolean;
  readonly eventsOf: (player: number, looks: boolean) => CrowdEvents;
}

/** Joins everybody: the first of each room alone, so that rooms are made once, the others some at a time. */
export async function joinCrowd(context: LoadContext, plan: CrowdPlan): Promise<Crowd> {
  const { params, port, join } = context;
  const {
    game,
    from = 0,
    eventsOf,
    looks: lookersAre = (player: number) => doesLook(context, player),
  } = plan;
  const problems = new Set<string>();
  const players: Player[] = [];
  const joinOne = async (index: number): Promise<void> => {
    const looks = lookersAre(index);
    const seats = Array.from({ length: params.roomsPerPlayer }, (_, seat) => seat);
    const rooms = seats.map((seat) => roomOf(context, index, seat));
    const seatPlan = { port, name: `player-${index}`, game, rooms, looks };
    const onLost = (reason: string): void => void problems.add(`a player was lost: ${reason}`);
    players[index - from] = await join(seatPlan, { ...eventsOf(index, looks), onLost });
  };
  const indexes = Array.from({ length: params.players }, (_, index) => from + index);
  const isFirst = (index: number): boolean => index % params.roomSize === 0;
  for (const index of indexes.filter(isFirst)) await joinOne(index);
  const others = indexes.filter((index) => !isFirst(index));
  for (let at = 0; at < others.length; at += joinersMax) {
    await Promise.all(others.slice(at, at + joinersMax).map(joinOne));
  }
  return {
    players,
    problems,
    bytesRead: () => players.reduce((sum, { bytesRead }) => sum + bytesRead, 0),
  };
}
