import type { RandomSource } from "../../shared/random.ts";
import { pending } from "../../shared/pending.ts";

/** How busy a node is. */
export interface NodeLoad {
  readonly node: string;
  /** How much of its event loop's time is used, 0 to 1. */
  readonly utilization: number;
  /** Connections of players. */
  readonly connections: number;
  readonly rooms: number;
  /** It takes no new rooms, nor players that nothing binds to it: it drains, or has said nothing for a while. */
  readonly isDraining: boolean;
  /** It is to be replaced soon: rooms that have to go somewhere go to others, if there are any. Default false. */
  readonly isToGo?: boolean;
}

/** A room that is to be made. */
export interface PlaceRequest {
  readonly roomType: string;
  /** The name of the node where it was asked for: that of the player. */
  readonly from: string;
}

/** Says at which node a room is made: the name of one of those given, at once. */
export type Place = (request: PlaceRequest, nodes: readonly NodeLoad[]) => string;

/**
 * Where it was asked for, so that nothing has to cross for the first player, until that node is as busy as `utilizationMax`; then
 * the less busy of two others.
 */
export function nearFirst(random: RandomSource, utilizationMax = 0.7): Place {
  return ({ from }, nodes) => {
    const near = nodes.find(({ node }) => node === from);
    if (near !== undefined && !near.isDraining && near.utilization < utilizationMax) return from;
    const open = nodes.filter(({ isDraining }) => !isDraining);
    const pick = (): NodeLoad | undefined => open[Math.floor(random() * open.length)];
    const [one, other] = [pick(), pick()];
    if (one === undefined || other === undefined) return from;
    return one.utilization <= other.utilization ? one.node : other.node;
  };
}

/** What was wrong with the answer of a user's {@link Place}. */
export interface PlaceMistake extends PlaceRequest {
  /** One line that says what it has to be. */
  readonly message: string;
  /** What it has thrown. */
  readonly err?: unknown;
}

/**
 * A hook of the user's, which is given the nodes that take new rooms. It may throw, or name what is not among them: that is told, and
 * `otherwise` decides.
 */
export function containedPlace(
  place: Place,
  otherwise: Place,
  onMistake: (mistake: PlaceMistake) => void,
): Place {
  return (request, nodes) => {
    const open = nodes.filter(({ isDraining }) => !isDraining);
    if (open.length === 0) return otherwise(request, nodes);
    try {
      const named: unknown = place(request, open);
      const found = open.find(({ node }) => node === named);
      if (found !== undefined) return found.node;
      // What it promises comes too late, and is nobody's failure.
      void Promise.resolve(pending(named)).catch(() => undefined);
      const names = open.map(({ node }) => node).join(", ");
      const message = `place has to return the name of a node, at once, and returned ${shown(named)}. There is ${names}.`;
      onMistake({ ...request, message });
    } catch (err) {
      onMistake({ ...request, message: "place failed.", err });
    }
    return otherwise(request, nodes);
  };
}

function shown(named: unknown): string {
  if (typeof named === "string") return JSON.stringify(named);
  if (pending(named) !== undefined) return "a promise";
  return named === undefined ? "nothing" : `a ${typeof named}`;
}

/** The node that decides what concerns this name: the same for all who know the same nodes, and another for as few names as can be when they change. */
export function deciderOf(name: string, nodes: readonly string[]): string {
  let best = "";
  let bestScore = -1;
  for (const node of nodes) {
    const score = scoreOf(`${node}\n${name}`);
    if (score < bestScore || (score === bestScore && node > best)) continue;
    best = node;
    bestScore = score;
  }
  return best;
}

/** FNV-1a, 32 bits, with its last bits spread. */
function scoreOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
