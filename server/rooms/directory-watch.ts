import type { ListingChange, ListingWatch, RoomListing } from "../feed/catalogue.ts";

/** A room as the directory last published it. */
export interface DirectoryEntry {
  readonly roomId: string;
  /** Undefined when it is closed or not listed. */
  readonly published: RoomListing | undefined;
  /** The revision of the directory at which it was published. */
  readonly revision: number;
}

interface DirectoryWatchParts {
  readonly matches: (listing: RoomListing) => boolean;
  /** There may be something to take. */
  readonly wake: () => void;
  /** The directory's, at the begin. */
  readonly revision: number;
  readonly entries: () => Iterable<DirectoryEntry>;
  readonly onEnd: () => void;
}

/**
 * One watched list. Nothing is queued for it: it knows which rooms its reader has been told of and up to which revision,
 * and finds what is new when it is asked. A reader that is one beat behind is given that beat, which all share; one that
 * is further behind, for slowness, looks at all rooms.
 */
export class DirectoryWatch implements ListingWatch {
  readonly #parts: DirectoryWatchParts;
  readonly #told = new Set<DirectoryEntry>();
  #seen = 0;
  #revision: number;
  #batch: readonly DirectoryEntry[] | undefined;

  constructor(parts: DirectoryWatchParts) {
    this.#parts = parts;
    this.#revision = parts.revision;
  }

  /** The directory has published what changed. */
  onBeat(batch: readonly DirectoryEntry[], revision: number): void {
    this.#batch = this.#seen === this.#revision ? batch : undefined;
    this.#revision = revision;
    this.#parts.wake();
  }

  /** What has changed since the last call; the first call gives the whole list. */
  take(): ListingChange {
    const removed: string[] = [];
    const changed: RoomListing[] = [];
    for (const entry of this.#batch ?? this.#behind()) {
      const { published } = entry;
      if (published !== undefined && this.#parts.matches(published)) {
        this.#told.add(entry);
        changed.push(published);
      } else if (this.#told.delete(entry)) {
        removed.push(entry.roomId);
      }
    }
    this.#seen = this.#revision;
    this.#batch = undefined;
    return { removed, changed };
  }

  end(): void {
    this.#parts.onEnd();
  }

  #behind(): DirectoryEntry[] {
    if (this.#seen === this.#revision) return [];
    const isNew = ({ revision }: DirectoryEntry) => revision > this.#seen;
    const gone = [...this.#told].filter((entry) => entry.published === undefined);
    return [...new Set([...gone, ...[...this.#parts.entries()].filter(isNew)])];
  }
}
