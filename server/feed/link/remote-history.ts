import { RoomlineError } from "../../../shared/errors.ts";
import type { HistoryAsk, HistoryPage, RoomHistory } from "../feed.ts";

/** The history of a room that lives elsewhere: read there, page by page. */
export class RemoteHistory implements RoomHistory {
  #first = 1;
  readonly #ask: (ask: HistoryAsk) => Promise<HistoryPage> | undefined;

  /** `ask`: asks whoever has the room now; undefined: nobody knows who that is. */
  constructor(ask: (ask: HistoryAsk) => Promise<HistoryPage> | undefined) {
    this.#ask = ask;
  }

  get first(): number {
    return this.#first;
  }

  /** The host says where it begins. */
  note(first: number): void {
    this.#first = Math.max(this.#first, first);
  }

  async read(ask: HistoryAsk): Promise<HistoryPage> {
    const page = await this.#ask(ask);
    if (page === undefined)
      throw new RoomlineError("unavailable", "The room is on its way: its history is read later.");
    this.note(page.first);
    return page;
  }
}
