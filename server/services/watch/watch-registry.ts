import { RoomlineError } from "../../../shared/errors.ts";
import type { OpenWatch } from "./open-watch.ts";

/** How many watches there may be. */
interface WatchBounds {
  readonly watchesMax: number;
  readonly watchesPerCallerMax: number;
}

/** The open watches of a server, by caller and id. */
export class WatchRegistry {
  readonly #bounds: WatchBounds;
  readonly #byCaller = new Map<string, Map<string, OpenWatch>>();
  #size = 0;

  constructor(bounds: WatchBounds) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#size;
  }

  /** @throws RoomlineError `watch-exists`, `too-many-watches` */
  check(clientId: string, watchId: string): void {
    const { watchesMax, watchesPerCallerMax } = this.#bounds;
    const own = this.#byCaller.get(clientId);
    if (own?.has(watchId) === true)
      throw new RoomlineError("watch-exists", `You have a watch "${watchId}" already.`);
    if (this.#size >= watchesMax)
      throw new RoomlineError("too-many-watches", `The server has ${watchesMax} watches already.`);
    if (own !== undefined && own.size >= watchesPerCallerMax)
      throw new RoomlineError(
        "too-many-watches",
        `You have ${watchesPerCallerMax} watches already.`,
      );
  }

  /** Adds a watch that has been checked. */
  add(clientId: string, watch: OpenWatch): void {
    const own = this.#byCaller.get(clientId) ?? new Map<string, OpenWatch>();
    this.#byCaller.set(clientId, own.set(watch.id, watch));
    this.#size++;
  }

  remove(clientId: string, watch: OpenWatch): void {
    const own = this.#byCaller.get(clientId);
    if (own?.get(watch.id) !== watch) return;
    own.delete(watch.id);
    this.#size--;
    if (own.size === 0) this.#byCaller.delete(clientId);
  }

  get(clientId: string, watchId: string): OpenWatch | undefined {
    return this.#byCaller.get(clientId)?.get(watchId);
  }

  /** All watches, or those with this id. */
  *all(watchId?: string): IterableIterator<OpenWatch> {
    for (const own of this.#byCaller.values()) {
      for (const watch of own.values()) {
        if (watchId === undefined || watch.id === watchId) yield watch;
      }
    }
  }
}
