import type { Clock, Timer } from "../../shared/clock.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type {
  ListingFeed,
  ListingPage,
  RoomSummary,
  RoomListing,
  RoomMatcher,
} from "../feed/catalogue.ts";
import { DirectoryWatch, type DirectoryEntry } from "./directory-watch.ts";
import { sameListing } from "./same-listing.ts";

interface RoomDirectoryParts {
  readonly clock: Clock;
  /** Watches at a time. */
  readonly watchersMax: number;
  readonly watchersPerCallerMax: number;
  /** Least time between two changes a watcher is told of, in milliseconds. */
  readonly updateIntervalMs: number;
}

/** A room that can be looked at. */
export interface ListedRoom {
  readonly roomId: string;
  /** Of one that lives at another node: its place among all. Default: the next here. */
  readonly ordinal?: number | undefined;
  list(): RoomSummary;
}

interface Entry extends DirectoryEntry {
  room: ListedRoom;
  /** 1, 2, 3 ... in the order of creation. */
  readonly ordinal: number;
  closed: boolean;
  /** What the room looks like now; undefined when it has changed since somebody looked. */
  current: RoomListing | undefined;
  published: RoomListing | undefined;
  revision: number;
}

/**
 * Knows what there is to join (rules LB). Rooms tell it that they have changed, at the cost of a mark. Watchers cost
 * nothing until something has changed; then all of them are told at one beat, from one look at the rooms that changed.
 */
export class RoomDirectory implements ListingFeed {
  readonly #parts: RoomDirectoryParts;
  /** In the order of creation. */
  readonly #entries = new Map<string, Entry>();
  /** And as whom each counts. */
  readonly #watches = new Map<DirectoryWatch, string | undefined>();
  /** Changed since the last beat; only kept while somebody watches. */
  readonly #changed = new Set<Entry>();
  #created = 0;
  /** Whether they are in order by themselves: rooms of other nodes come when they come. */
  #isInOrder = true;
  #revision = 0;
  #beat: Timer | undefined;
  #lastBeatMs = -Infinity;

  constructor(parts: RoomDirectoryParts) {
    this.#parts = parts;
  }

  get watchers(): number {
    return this.#watches.size;
  }

  onChanged(room: ListedRoom): void {
    const known = this.#entries.get(room.roomId);
    // Closed at one node and made anew at another, of which this has been told first.
    if (known !== undefined && known.room !== room) this.onClosed(known.room);
    const entry = this.#entries.get(room.roomId) ?? this.#add(room);
    entry.current = undefined;
    this.#mark(entry);
  }

  /** A room goes on as another instance: to lists it is the same. */
  onReplaced(room: ListedRoom, by: ListedRoom): void {
    const entry = this.#entries.get(room.roomId);
    if (entry?.room !== room) return;
    entry.room = by;
    entry.current = undefined;
    this.#mark(entry);
  }

  onClosed(room: ListedRoom): void {
    const entry = this.#entries.get(room.roomId);
    if (entry?.room !== room) return;
    entry.closed = true;
    this.#entries.delete(room.roomId);
    this.#mark(entry);
  }

  /** A room, also one that is kept out of lists. */
  get(roomId: string): RoomListing | undefined {
    const entry = this.#entries.get(roomId);
    return entry && this.#look(entry);
  }

  /** The listed rooms that match and were created after the one with ordinal `after`, oldest first, `size` at most (rule LB-2). */
  page(matches: RoomMatcher, { after, size }: { after: number; size: number }): ListingPage {
    const listings: RoomListing[] = [];
    let last = after;
    if (!this.#isInOrder) this.#putInOrder();
    for (const entry of this.#entries.values()) {
      if (entry.ordinal <= after) continue;
      const listing = this.#look(entry);
      if (!listing.listed || !matches(listing)) continue;
      if (listings.length === size) return { listings, next: last };
      listings.push(listing);
      last = entry.ordinal;
    }
    return { listings, next: undefined };
  }

  /**
   * Begins to watch. `wake` is called when there may be something to take.
   * @throws RoomlineError `rate-limited` at the limit of watchers
   */
  watch(matches: RoomMatcher, wake: () => void, caller?: string): DirectoryWatch {
    const { watchersMax, watchersPerCallerMax } = this.#parts;
    if (this.#watches.size >= watchersMax) {
      throw new RoomlineError("rate-limited", "The server has as many lobby watchers as it may.");
    }
    const ofCaller = [...this.#watches.values()].filter((one) => one === caller).length;
    if (caller !== undefined && ofCaller >= watchersPerCallerMax) {
      throw new RoomlineError(
        "rate-limited",
        `You watch the lobby as often as limits.lobbyWatchersPerCallerMax (${watchersPerCallerMax}) allows.`,
      );
    }
    if (this.#watches.size === 0) {
      for (const entry of this.#entries.values()) this.#changed.add(entry);
      this.#publish();
    }
    const watch = new DirectoryWatch({
      matches,
      wake,
      revision: this.#revision,
      entries: () => this.#entries.values(),
      onEnd: () => this.#forget(watch),
    });
    this.#watches.set(watch, caller);
    return watch;
  }

  #add(room: ListedRoom): Entry {
    const ordinal = room.ordinal ?? this.#created + 1;
    if (ordinal < this.#created) this.#isInOrder = false;
    else this.#created = ordinal;
    const entry: Entry = {
      room,
      roomId: room.roomId,
      ordinal,
      closed: false,
      current: undefined,
      published: undefined,
      revision: 0,
    };
    this.#entries.set(room.roomId, entry);
    return entry;
  }

  #putInOrder(): void {
    const entries = [...this.#entries].sort(([, a], [, b]) => a.ordinal - b.ordinal);
    this.#entries.clear();
    for (const [roomId, entry] of entries) this.#entries.set(roomId, entry);
    this.#isInOrder = true;
  }

  #look(entry: Entry): RoomListing {
    entry.current ??= { ...entry.room.list(), ordinal: entry.ordinal };
    return entry.current;
  }

  #mark(entry: Entry): void {
    if (this.#watches.size === 0) return;
    this.#changed.add(entry);
    const { clock, updateIntervalMs } = this.#parts;
    this.#beat ??= clock.setTimer(
      () => {
        this.#beat = undefined;
        this.#publish();
      },
      Math.max(0, this.#lastBeatMs + updateIntervalMs - clock.now()),
    );
  }

  /** One look at all that changed, for all watchers. What is as it was before is no change. */
  #publish(): void {
    this.#lastBeatMs = this.#parts.clock.now();
    const revision = this.#revision + 1;
    const batch: Entry[] = [];
    for (const entry of this.#changed) {
      const seen = entry.closed ? undefined : this.#look(entry);
      const listing = seen?.listed === true ? seen : undefined;
      if (sameListing(entry.published, listing)) continue;
      entry.published = listing;
      entry.revision = revision;
      batch.push(entry);
    }
    this.#changed.clear();
    if (batch.length === 0) return;
    this.#revision = revision;
    for (const watch of this.#watches.keys()) watch.onBeat(batch, revision);
  }

  #forget(watch: DirectoryWatch): void {
    this.#watches.delete(watch);
    if (this.#watches.size > 0) return;
    this.#beat?.cancel();
    this.#beat = undefined;
    this.#changed.clear();
  }
}
