import type { JsonValue } from "@bufbuild/protobuf";
import type { Session, SessionStatus, VerdictName } from "roomline/client";
import type { Store } from "../../pages/store.ts";
import type { RoomType } from "./described-contract.ts";
import type { NewestList } from "./newest.ts";
import { sendPlain, type Outcome } from "./send-plain.ts";
import type { RowChange } from "../model/state-change.ts";
import { followState, type StateFeed } from "./state-feed.ts";

/** Why something did not come about, or is over: in the words of the server or the SDK. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

/** How a note is meant. */
export type NoteTone = "good" | "warning" | "bad" | "plain";

/** The seat of a player. */
export interface SeatView {
  readonly status: SessionStatus;
  readonly roomId: string;
  readonly roomType: string;
  readonly playerId: string;
  readonly verdict: VerdictName | undefined;
  readonly pendingInputs: number;
  /** Per second; 0 when the server does not slow it down. */
  readonly throttledHz: number;
}

/** What came to a player: an event, or something that befell its connection. */
export type TimelineRow =
  | {
      readonly type: "event";
      readonly kind: string;
      /** 0 for an ephemeral one. */
      readonly cursor: number;
      /** Empty: the room. */
      readonly sender: string;
      readonly timeMs: number;
      readonly payload: JsonValue;
      readonly replayed: boolean;
    }
  | {
      readonly type: "note";
      readonly timeMs: number;
      readonly text: string;
      readonly tone: NoteTone;
    };

/** What an update of the state changed. */
export interface TickChanges {
  readonly tick: number;
  readonly changes: readonly RowChange[];
  /** Rows that changed beside those. */
  readonly more: number;
}

/** The tables as they are, and the tick they are at. */
export interface StateView extends StateFeed {
  readonly tick: number;
}

/** What a seat is made with, and whom it tells. */
interface SeatParts {
  readonly session: Session;
  readonly roomType: RoomType;
  readonly timeline: NewestList<TimelineRow>;
  readonly changes: NewestList<TickChanges>;
  readonly state: Store<StateView | undefined>;
  readonly note: (text: string, tone: NoteTone) => void;
  /** Something of {@link Seat.look} is another. */
  readonly onChanged: () => void;
  readonly onClosed: (why: Failure) => void;
}

/** Rows that changed in one tick, as they are kept for the page. */
const changesMax = 40;

/** A player's seat in a room: puts what comes into the lists of the page. To be made in the turn in which the join resolved. */
export class Seat {
  readonly session: Session;
  readonly #parts: SeatParts;
  #isOver = false;
  #lastStatus: SessionStatus;

  constructor(parts: SeatParts) {
    this.#parts = parts;
    this.session = parts.session;
    this.#lastStatus = this.session.status;
    this.#takeEvents();
    this.#takeState();
    this.#takeNews();
    this.#noteVerdict();
  }

  /** The seat as it is now. */
  look(): SeatView {
    const { status, roomId, roomType, playerId, pendingInputs, throttledHz } = this.session;
    const verdict = this.session.lastVerdict;
    return { status, roomId, roomType, playerId, verdict, pendingInputs, throttledHz };
  }

  /** Sends an input, or what the player says of itself, given as JSON. Never rejects. */
  send(kind: string, plain: JsonValue): Promise<Outcome> {
    const { session, roomType } = this.#parts;
    return sendPlain(session, roomType, kind, plain);
  }

  /** What still comes is nobody's. */
  end(): void {
    this.#isOver = true;
  }

  async leave(): Promise<void> {
    this.end();
    await this.session.leave();
  }

  #takeEvents(): void {
    const { roomType, timeline } = this.#parts;
    const events = roomType.contract.events;
    for (const [kind, type] of Object.entries(events)) {
      this.session.on(kind as never, (event, { cursor, sender, timeMs, replayed }) => {
        if (this.#isOver) return;
        const payload = roomType.payloads.toPlain(type, event);
        timeline.push({ type: "event", kind, cursor, sender, timeMs, payload, replayed });
      });
    }
  }

  #takeState(): void {
    const { roomType, state, changes } = this.#parts;
    const feed = followState(
      this.session,
      roomType.contract,
      roomType.payloads,
      (tick, changed) => {
        if (this.#isOver) return;
        state.set({ tick, ...feed });
        if (changed.length === 0) return;
        const more = Math.max(0, changed.length - changesMax);
        changes.push({ tick, changes: changed.slice(0, changesMax), more });
      },
    );
    state.set({ tick: 0, ...feed });
  }

  /** What befalls the seat. */
  #takeNews(): void {
    const { note, onChanged, onClosed } = this.#parts;
    this.session.onStatus((status) => {
      if (!this.#isOver) this.#statusChanged(status);
    });
    this.session.onGap(({ from, to, reason }) => {
      const which = to === 0 ? "what came before" : `events ${from} to ${to}`;
      note(`gap: ${which} cannot be had (${reason})`, "warning");
    });
    this.session.onRejoin(({ roomId, verdict }) => {
      note(`joined anew: ${roomId}, ${verdict.toUpperCase()}`, "warning");
      onChanged();
    });
    this.session.onError(({ code, message }) => note(`${code}: ${message}`, "bad"));
    this.session.onThrottled(({ rateHz, reason }) => {
      note(rateHz === 0 ? "no longer throttled" : `throttled: ${rateHz} Hz, ${reason}`, "warning");
      onChanged();
    });
    this.session.onClose(({ reason, detail }) => {
      if (this.#isOver) return;
      this.end();
      note(`closed: ${reason.name}`, "bad");
      const message = detail === "" ? reason.meaning : `${reason.meaning} ${detail}`;
      onClosed({ code: reason.name, message });
    });
  }

  #statusChanged(status: SessionStatus): void {
    const { note, onChanged } = this.#parts;
    const last = this.#lastStatus;
    this.#lastStatus = status;
    if (status === "detached") note("detached: the seat is kept", "warning");
    else if (last === "detached") this.#noteVerdict();
    else if (status === "paused") note("paused", "plain");
    else if (last === "paused" && status === "active") note("resumed", "plain");
    onChanged();
  }

  #noteVerdict(): void {
    const { lastVerdict, roomId } = this.session;
    if (lastVerdict === undefined) return;
    const isWhole = lastVerdict === "recovered" || lastVerdict === "fresh";
    this.#parts.note(`${lastVerdict.toUpperCase()} in ${roomId}`, isWhole ? "good" : "warning");
  }
}
