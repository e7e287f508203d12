import type { RandomSource } from "../../shared/random.ts";
import type { NodeLoad } from "./placement.ts";

/** How many rooms of a node that is about to end are on their way at a time: each of them stands still for as long as all of them take. */
const atATime = 2;

interface EvacuationParts {
  /** The rooms that can go, as they are now. */
  readonly rooms: () => Iterable<string>;
  readonly loads: () => readonly NodeLoad[];
  readonly self: string;
  readonly random: RandomSource;
  /** Has a room go there; rejects with why it stays. */
  readonly move: (roomId: string, to: string) => Promise<void>;
  /** Whether there is time for another one. */
  readonly isTime: () => boolean;
}

/** What has become of the rooms of a node that is about to end. */
export interface Evacuated {
  readonly gone: number;
  /** Rooms that did not get away, each with why. */
  readonly stayed: ReadonlyMap<string, unknown>;
}

/**
 * Has all rooms of a node that is about to end go to others, a few at a time. One that could not go is tried once more. Without a node
 * that stays, all stay.
 */
export async function evacuate(parts: EvacuationParts): Promise<Evacuated> {
  const { rooms, loads, self, random, move, isTime } = parts;
  let gone = 0;
  const stayed = new Map<string, unknown>();
  for (let round = 0; round < 2; round++) {
    const waiting = [...rooms()];
    stayed.clear();
    const goOn = async (): Promise<void> => {
      for (let roomId = waiting.pop(); roomId !== undefined; roomId = waiting.pop()) {
        const to = refugeOf(self, loads(), random);
        if (to === undefined || !isTime()) {
          stayed.set(roomId, undefined);
          continue;
        }
        try {
          await move(roomId, to);
          gone++;
        } catch (thrown) {
          stayed.set(roomId, thrown);
        }
      }
    };
    await Promise.all(Array.from({ length: atATime }, goOn));
    if (stayed.size === 0) break;
  }
  return { gone, stayed };
}

/** The less busy of two others that stay, or at least do not drain; undefined: there is none. */
export function refugeOf(
  self: string,
  loads: readonly NodeLoad[],
  random: RandomSource,
): string | undefined {
  const open = loads.filter(({ node, isDraining }) => node !== self && !isDraining);
  const staying = open.filter(({ isToGo }) => isToGo !== true);
  const refuges = staying.length > 0 ? staying : open;
  const pick = (): NodeLoad | undefined => refuges[Math.floor(random() * refuges.length)];
  const [one, other] = [pick(), pick()];
  if (one === undefined || other === undefined) return undefined;
  return one.utilization <= other.utilization ? one.node : other.node;
}
