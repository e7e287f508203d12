import { safeNumber } from "../../shared/codec/safe-number.ts";
import type { ContractTable } from "../../shared/contract/contract-table.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { History } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { historyCountMax } from "../../shared/limits.ts";
import { createDeferred, rejected, type Deferred } from "../deferred.ts";
import type { EventInfo } from "./event-stream.ts";
import { encodeReadHistory, errorOfWire, isCount } from "./messages.ts";
import type { HistoryOptions } from "./session-api.ts";

/** What a call resolves with, without types. */
interface AnyPage {
  readonly events: readonly AnyEvent[];
  readonly before: number;
  readonly more: boolean;
}

type AnyEvent = Omit<EventInfo, "replayed"> & { readonly kind: string; readonly payload: unknown };

interface HistoryCallsParts {
  readonly sessionId: string;
  /** Sends a message to the server, if there is a stream. */
  readonly send: (message: Uint8Array) => void;
  /** The contract with the room's numbers. */
  readonly table: () => ContractTable;
  /** Why nothing can be asked any more; undefined while it can. */
  readonly ended: () => RoomlineError | undefined;
  /** A payload that does not decode. */
  readonly report: (thrown: unknown, where: string) => void;
}

/** Looks back at a room (rule HI-5): one call after the other, each until it is answered, over streams. */
export class HistoryCalls {
  readonly #parts: HistoryCallsParts;
  /** The first one is on its way, if there is a stream. */
  #waiting: {
    readonly call: number;
    readonly ask: HistoryOptions;
    readonly page: Deferred<AnyPage>;
  }[] = [];
  #lastCall = 0;
  #flows = false;

  constructor(parts: HistoryCallsParts) {
    this.#parts = parts;
  }

  read(ask: HistoryOptions): Promise<AnyPage> {
    const { count, before = 0 } = ask;
    if (!isCount(count, 1, historyCountMax))
      return rejected(
        invalid(`count is ${count}; give it a whole number from 1 to ${historyCountMax}`),
      );
    if (!isCount(before, 0, Number.MAX_SAFE_INTEGER))
      return rejected(invalid(`before is ${before}; give it the cursor of an event`));
    const ended = this.#parts.ended();
    if (ended !== undefined) return rejected(ended);
    const page = createDeferred<AnyPage>();
    this.#waiting.push({ call: ++this.#lastCall, ask, page });
    if (this.#waiting.length === 1) this.#send();
    return page.promise;
  }

  /** There is a seat on a stream: what is not answered is asked again. */
  flow(): void {
    this.#flows = true;
    this.#send();
  }

  /** The stream is gone. */
  stop(): void {
    this.#flows = false;
  }

  answer({ call, events, from, more, error }: History): void {
    const [first] = this.#waiting;
    // What was asked on a stream that is gone.
    if (first?.call !== call) return;
    this.#waiting.shift();
    if (error !== undefined) first.page.reject(errorOfWire(error));
    else
      first.page.resolve({
        events: events.flatMap((event) => this.#read(event)),
        before: safeNumber(from),
        more,
      });
    this.#send();
  }

  /** Nothing will be answered. */
  fail(error: RoomlineError): void {
    for (const { page } of this.#waiting.splice(0)) page.reject(error);
  }

  #send(): void {
    const [first] = this.#waiting;
    if (first === undefined || !this.#flows) return;
    const { call, ask } = first;
    const { before = 0, count } = ask;
    this.#parts.send(encodeReadHistory(this.#parts.sessionId, { call, before, count }));
  }

  #read(event: History["events"][number]): AnyEvent[] {
    const { sender } = event;
    const kind = this.#parts.table().events.byNumber[event.kind];
    if (kind === undefined) return [];
    const cursor = safeNumber(event.cursor);
    const timeMs = safeNumber(event.timeMs);
    try {
      return [{ kind: kind.name, payload: kind.decode(event.payload), cursor, sender, timeMs }];
    } catch (error) {
      const { report, sessionId } = this.#parts;
      report(error, `session ${sessionId}, event ${cursor} "${kind.name}" of its history`);
      return [];
    }
  }
}

function invalid(what: string): RoomlineError {
  return new RoomlineError("invalid-argument", `history(): ${what}.`);
}
