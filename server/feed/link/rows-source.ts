import type { RoomRow, RoomRows } from "../catalogue.ts";
import type { LinkEnd, LinkSource, LinkWriter } from "./link-end.ts";
import { rowToWire } from "../record-codec.ts";

/** About what a row takes, beside its texts. */
const rowBytes = 64;

/** Tells an edge of the rooms here: of each that has changed since it was told last, what it is by now. No rows are queued. */
export class RowsSource implements LinkSource {
  readonly #rows: RoomRows;
  readonly #changed = new Set<string>();
  readonly #unfollow: () => void;
  #link: LinkEnd | undefined;
  #isReset = false;

  constructor(rows: RoomRows) {
    this.#rows = rows;
    this.#unfollow = rows.follow((roomId) => {
      if (this.#link === undefined) return;
      this.#changed.add(roomId);
      this.#link.mark(this);
    });
  }

  /** The edge is on this link from now on, and knows nothing. */
  attach(link: LinkEnd | undefined): void {
    this.#link = link;
    this.#changed.clear();
    if (link === undefined) return;
    this.#isReset = true;
    for (const roomId of this.#rows.ids()) this.#changed.add(roomId);
    link.mark(this);
  }

  stop(): void {
    this.#unfollow();
    this.attach(undefined);
  }

  pull(out: LinkWriter): boolean {
    const rows: RoomRow[] = [];
    const gone: string[] = [];
    let bytes = 0;
    for (const roomId of this.#changed) {
      if (bytes >= out.room) break;
      this.#changed.delete(roomId);
      const row = this.#rows.row(roomId);
      if (row === undefined) gone.push(roomId);
      else rows.push(row);
      bytes += rowBytes + roomId.length + (row?.metadataJson.length ?? 0);
    }
    if (rows.length + gone.length > 0 || this.#isReset) {
      const whole = this.#changed.size === 0;
      const value = { reset: this.#isReset, rows: rows.map(rowToWire), gone, whole };
      this.#isReset = false;
      out.add({ case: "roomRows", value }, bytes);
    }
    return this.#changed.size > 0;
  }
}
