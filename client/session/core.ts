import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { closeReasonOf, closeReasons } from "../../shared/close-reason.ts";
import { safeNumber } from "../../shared/codec/safe-number.ts";
import {
  createContractTable,
  renumberContractTable,
  type ContractTable,
} from "../../shared/contract/contract-table.ts";
import { compareContracts } from "../../shared/contract/compare-contracts.ts";
import type { Contract } from "../../shared/contract/contract.ts";
import { presenceInput } from "../../shared/contract/presence.ts";
import { RoomlineError } from "../../shared/errors.ts";
import {
  JoinMode,
  Verdict,
  ContractTableSchema,
  type ContractTable as WireTable,
  type Joined,
  type ResumedSession,
} from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { Position } from "../../shared/position.ts";
import type { KeptSession } from "../persist/kept-client.ts";
import { createDeferred, rejected, type Deferred } from "../deferred.ts";
import type { Outbox } from "./outbox.ts";
import { PauseControl, pausedOfWire, type Paused } from "./pause-control.ts";
import { RoomFlow } from "./room-flow.ts";
import type { SessionEnd, SessionStatus, VerdictName } from "./session-api.ts";
import type { SessionHost } from "./host.ts";
import { HistoryCalls } from "./history-calls.ts";
import { SessionInputs } from "./inputs.ts";
import { wishOf } from "./join-wish.ts";
import { SessionListeners } from "./session-listeners.ts";
import {
  encodeJoin,
  encodeLeave,
  encodePause,
  encodeSetRate,
  metadataOf,
  verdictName,
  type JoinTarget,
} from "./messages.ts";
import { SessionOutbox } from "./session-outbox.ts";

interface SessionCoreParts {
  readonly sessionId: string;
  readonly contract: Contract;
  readonly target: JoinTarget;
  readonly rejoin: boolean;
  readonly host: SessionHost;
}

/** `joining`: a Join is to be sent, or unanswered. `leaving`: the user has left, Left has not come. */
type Phase = "joining" | "joined" | "leaving" | "closed";

/** How a session ends that its user leaves. */
const leftEnd: SessionEnd = { reason: closeReasons.left, detail: "", mayRejoin: false };

/** What a room says of itself and the seat in Joined. */
interface JoinedSeat {
  readonly roomId: string;
  readonly roomType: string;
  readonly playerId: string;
  readonly metadata: unknown;
  readonly metadataJson: string;
  /** The contract with the room's numbers; undefined: with the client's own. */
  readonly contract: WireTable | undefined;
}

const noSeat: JoinedSeat = {
  ...{ roomId: "", roomType: "", playerId: "" },
  ...{ metadata: undefined, metadataJson: "", contract: undefined },
};

/** One session, without types: its seat over streams and rooms, from Join to Left (rules JN, RS, IN, PR). */
export class SessionCore {
  readonly sessionId: string;
  readonly listeners: SessionListeners;
  readonly inputs: SessionInputs;
  readonly history: HistoryCalls;
  readonly flow: RoomFlow;
  seat: JoinedSeat = noSeat;
  lastVerdict: VerdictName | undefined;
  end: SessionEnd | undefined;
  throttledHz = 0;
  readonly #parts: SessionCoreParts;
  readonly #ownTable: ContractTable;
  readonly #pauses: PauseControl;
  readonly #outbox: SessionOutbox;
  readonly #joined: Deferred<undefined> = createDeferred();
  readonly #left: Deferred<undefined> = createDeferred();
  #table: ContractTable;
  #phase: Phase = "joining";
  #attached = false;
  #everJoined = false;
  /** It has, or had, a seat: this page, or the one before it was reloaded. */
  #everSeated = false;
  #rateHz: number | undefined;
  /** What the player has said of itself last; empty for nothing. */
  #presenceJson = "";
  #lastStatus: SessionStatus = "joining";

  constructor(parts: SessionCoreParts) {
    const { sessionId, contract, host } = parts;
    const { clock, report } = host;
    this.#parts = parts;
    this.sessionId = sessionId;
    this.listeners = new SessionListeners(sessionId, report, (kind, missed) => {
      host.warn(
        sessionId,
        `${missed} ${missed === 1 ? "event" : "events"} "${kind}" came before the first handler for them was added, and went by unhandled. ` +
          "Add handlers right after join(), before anything else is awaited.",
      );
    });
    this.#ownTable = createContractTable(contract);
    this.#table = this.#ownTable;
    this.#pauses = new PauseControl((to) => this.#outbox.message(encodePause(sessionId, to)));
    this.flow = new RoomFlow({
      sessionId,
      host,
      listeners: this.listeners,
      table: this.#ownTable,
      onCongested: (congested) => this.#pauses.congest(congested),
      onHandled: () => {
        if (this.#attached) host.handled(this.#outbox);
        this.#touch();
      },
      onMoved: () => this.#touch(),
    });
    this.#outbox = new SessionOutbox({
      sessionId,
      handled: () => this.flow.handled,
      kindNumber: (name) => this.#table.inputs.byName.get(name)?.number ?? 0,
    });
    this.inputs = new SessionInputs({
      sessionId,
      clock,
      outbox: this.#outbox,
      limits: () => host.limits(),
      table: () => this.#table,
      ended: () => this.#ended(),
      onChanged: () => this.#touch(),
    });
    this.history = new HistoryCalls({
      ...{ sessionId, report },
      send: (message) => this.#outbox.message(message),
      table: () => this.#table,
      ended: () => this.#ended(),
    });
  }

  /** Resolves when the first Join is answered; rejects with what the server said. */
  get joined(): Promise<undefined> {
    return this.#joined.promise;
  }

  get status(): SessionStatus {
    if (this.#phase === "closed") return "closed";
    if (this.#phase === "joining") return "joining";
    if (!this.#attached) return "detached";
    return this.#pauses.shown === undefined ? "active" : "paused";
  }

  // What goes over a reload.

  /** What a page needs that goes on after this one; undefined when there is no seat to go on with. */
  kept(): KeptSession | undefined {
    if (this.#phase !== "joined") return undefined;
    const { roomId, roomType, playerId, metadataJson, contract } = this.seat;
    const table =
      contract === undefined ? new Uint8Array(0) : toBinary(ContractTableSchema, contract);
    const { epoch, cursor } = this.flow.position;
    const { sessionId } = this;
    return {
      seat: {
        sessionId,
        wish: wishOf(this.#ownTable.name, this.#parts.target),
        roomId,
        roomType,
        playerId,
        metadataJson,
        table,
        paused: this.#pauses.wanted,
        rateHz: this.#rateHz,
        presenceJson: this.#presenceJson,
      },
      progress: { epoch, cursor, inputs: this.inputs.kept() },
    };
  }

  /**
   * Goes on with a seat from before a reload, before anything else is done. False, and nothing is changed, when the room
   * speaks of other things than this page.
   */
  restore({ seat, progress }: KeptSession): boolean {
    const { roomId, roomType, playerId, metadataJson, table } = seat;
    let contract: WireTable | undefined;
    if (table.length > 0) {
      try {
        contract = fromBinary(ContractTableSchema, table);
      } catch {
        return false;
      }
      if (compareContracts(this.#ownTable, contract).kind === "other") return false;
    }
    const metadata = metadataOf(metadataJson);
    this.seat = { roomId, roomType, playerId, metadata, metadataJson, contract };
    this.#table =
      contract === undefined ? this.#ownTable : renumberContractTable(this.#ownTable, contract);
    this.flow.restore(progress, this.#table);
    this.inputs.restore(progress.inputs, (error) => {
      this.#parts.host.report(error, `session ${this.sessionId}, an input from before the reload`);
    });
    this.#phase = "joined";
    this.#everSeated = true;
    this.#pauses.restore(seat.paused);
    // The record may be from before rates were kept.
    this.#rateHz = seat.rateHz ?? 0;
    this.#presenceJson = seat.presenceJson ?? "";
    return true;
  }

  // What the user does.

  /** The page is hidden (true), or shown again. */
  hide(hidden: boolean): void {
    this.#pauses.hide(hidden);
  }

  pause(to: Paused): Promise<void> {
    if (this.end !== undefined) return rejected(this.#closedError());
    this.#touch();
    return this.#pauses.request(to);
  }

  setRate(rateHz: number): Promise<void> {
    if (this.end !== undefined) return rejected(this.#closedError());
    if (!Number.isFinite(rateHz) || rateHz < 0) {
      const text = `setRate(${rateHz}): needs a number of updates per second, or 0 for no bound.`;
      return rejected(new RoomlineError("invalid-argument", text));
    }
    this.#rateHz = rateHz;
    this.#touch();
    if (this.#attached && this.#phase === "joined") this.#sendRate();
    return Promise.resolve();
  }

  setPresence(presence: unknown): Promise<void> {
    const { pending } = this.inputs;
    const said = this.inputs.send(presenceInput, presence);
    // What could not be sent is not said again, either.
    if (this.inputs.pending > pending) this.#presenceJson = JSON.stringify(presence);
    return said;
  }

  leave(): Promise<void> {
    if (this.#phase === "joining" && !this.#attached) {
      this.close(leftEnd);
    } else if (this.#phase === "joining" || this.#phase === "joined") {
      this.#phase = "leaving";
      if (this.#attached) this.#outbox.message(encodeLeave(this.sessionId));
    }
    return this.#left.promise;
  }

  // What the connection does.

  /**
   * Where Hello says this session stands; undefined for one without a seat. One that is leaving is resumed too, so that
   * what was sent before it left still arrives.
   */
  resumeFrom(): Position | undefined {
    return this.hasSeat ? this.flow.resumeFrom() : undefined;
  }

  /** There is a stream, and this is what Welcome says; undefined when Hello did not name this session. */
  attach(outbox: Outbox, verdict: ResumedSession | undefined): void {
    this.#attached = true;
    this.#outbox.attach(outbox);
    const isHeld = verdict !== undefined && verdict.verdict !== Verdict.GONE;
    if (this.#phase === "leaving") {
      if (isHeld) {
        this.inputs.flow(safeNumber(verdict.lastInputSeq));
        this.#outbox.message(encodeLeave(this.sessionId));
      } else this.close(leftEnd);
    } else if (this.#phase === "joining") this.#sendJoin();
    else if (isHeld) this.#resumed(verdict);
    else if (verdict !== undefined && this.#everJoined && this.#isOver(verdict.leftCode)) {
      const reason = closeReasonOf(verdict.leftCode);
      this.close({ reason, detail: verdict.leftReason, mayRejoin: reason.action !== "stop" });
    } else this.#gone();
    this.#announce();
  }

  /** The stream is gone. */
  detach(): void {
    this.#attached = false;
    this.inputs.stop();
    this.history.stop();
    this.#outbox.detach();
    this.#pauses.detach();
    this.#announce();
  }

  /** The session is over; `error` is what all that wait are told, by default that the session closed. */
  close(end: SessionEnd, error = sessionClosed(end)): void {
    if (this.#phase === "closed") return;
    this.#phase = "closed";
    this.end = end;
    this.#parts.host.ended(this.sessionId);
    this.detach();
    this.inputs.fail(error);
    this.history.fail(error);
    this.#pauses.fail(error);
    this.#joined.reject(error);
    this.#left.resolve(undefined);
    void this.listeners.close.emit(end);
  }

  // What the server says.

  /** Whether there is a room to get things from. */
  get hasSeat(): boolean {
    return this.#phase === "joined" || this.#phase === "leaving";
  }

  onJoined(joined: Joined): void {
    if (this.#phase !== "joining") return;
    const { roomId, roomType, playerId, contract, metadataJson, verdict, epoch } = joined;
    const fault = contract && this.#contractFault(contract, roomType);
    const metadata = metadataOf(metadataJson);
    this.seat = { roomId, roomType, playerId, metadata, metadataJson, contract };
    this.#everSeated = true;
    const table = fault === undefined ? contract : create(ContractTableSchema);
    this.#table =
      table === undefined ? this.#ownTable : renumberContractTable(this.#ownTable, table);
    this.flow.joined(joined, this.#table);
    this.#outbox.restartAcks(safeNumber(joined.cursor));
    this.#take(verdict, safeNumber(joined.lastInputSeq), undefined);
    if (fault !== undefined) {
      this.#turnAway(fault);
      return;
    }
    // The new seat has said nothing of itself. What is wrong with it was told the first time.
    const presence = metadataOf(this.#presenceJson);
    if (presence !== undefined) this.inputs.send(presenceInput, presence).catch(() => undefined);
    if (this.#everJoined) {
      const info = { roomId, epoch, verdict: verdictName(verdict) };
      void this.listeners.rejoin.emit(info);
    } else this.#tellJoined();
    this.#touch();
  }

  /** There is a seat, and whoever has asked for it adds its callbacks now. */
  #tellJoined(): void {
    this.#everJoined = true;
    this.flow.holdForJoin();
    this.#joined.resolve(undefined);
  }

  /** PAUSED, or RESUMED (undefined) at this cursor. */
  onPaused(paused: Paused, cursor: number): void {
    const before = this.#pauses.answered(paused);
    if (paused === undefined && before !== undefined)
      this.flow.unpaused(before === "skip" ? cursor : undefined);
    this.#touch();
    this.#announce();
  }

  onThrottled(rateHz: number, reason: string): void {
    this.throttledHz = rateHz;
    void this.listeners.throttled.emit({ rateHz, reason });
  }

  /** The end of the session, or of the wish to have one. */
  onLeft(end: SessionEnd): void {
    this.flow.afterHold(() => {
      if (this.#phase === "joined" && !this.#isOver(end.reason.code)) {
        this.#lost();
        return;
      }
      // What the room had done with is acknowledged before Left (rule JN-8).
      this.inputs.fail(sessionClosed(end, " The room was not done with this input."));
      this.close(end);
    });
  }

  onError(error: RoomlineError): void {
    const expired = { reason: closeReasons.sessionExpired, mayRejoin: true };
    if (this.#phase === "joining") {
      // Of what was said before the room was lost; a Join is refused with other words.
      if (error.code === "unknown-session") return;
      this.close({ ...expired, detail: error.message }, error);
    } else if (error.code === "unknown-session") {
      if (this.#phase === "leaving") this.close(leftEnd);
      else this.#parts.host.broken(`The server does not know session ${this.sessionId}.`);
    } else if (this.listeners.error.size > 0) void this.listeners.error.emit(error);
    else this.#parts.host.report(error, `session ${this.sessionId}`);
  }

  /** What is wrong with the contract of the room for this client (rule JN-9); undefined: nothing that matters. */
  #contractFault(contract: WireTable, roomType: string): RoomlineError | undefined {
    const { kind, detail } = compareContracts(this.#ownTable, contract);
    if (kind === "same") return undefined;
    const text = `The contract of room type "${roomType}" is not this client's: ${detail}.`;
    const error = new RoomlineError("contract-mismatch", text);
    if (kind === "other") return error;
    this.#parts.host.report(error, `session ${this.sessionId}`);
    return undefined;
  }

  /** The room speaks of other things: leaves it. */
  #turnAway(error: RoomlineError): void {
    if (this.#everJoined) this.#parts.host.report(error, `session ${this.sessionId}`);
    this.#joined.reject(error);
    this.inputs.fail(error);
    this.history.fail(error);
    void this.leave();
  }

  #resumed(resumed: ResumedSession): void {
    this.flow.resumed(resumed);
    const lastSeq = safeNumber(resumed.lastInputSeq);
    this.#take(resumed.verdict, lastSeq, pausedOfWire(resumed.paused));
    if (!this.#everJoined) this.#tellJoined();
  }

  /** The seat is there: everything flows, and the server is told what it may not know. */
  #take(verdict: Verdict, lastInputSeq: number, paused: Paused): void {
    this.#phase = "joined";
    this.lastVerdict = verdictName(verdict);
    this.inputs.flow(lastInputSeq);
    this.history.flow();
    this.#pauses.attach(paused);
    this.#sendRate();
    this.#announce();
  }

  /** Whether this is the room's word that the session has ended (rule RS-4): a room that was lost has none. */
  #isOver(leftCode: number): boolean {
    return leftCode > 0 && !(leftCode === closeReasons.roomLost.code && this.#parts.rejoin);
  }

  /** The room is gone, while everything else goes on. */
  #lost(): void {
    this.inputs.stop();
    this.history.stop();
    this.#pauses.detach();
    this.#gone();
    this.#announce();
  }

  /** The seat is lost (rule RS-4). */
  #gone(): void {
    this.lastVerdict = "gone";
    const error = new RoomlineError(
      "session-gone",
      "The server no longer holds this seat. Whether the room has applied this input is not known.",
    );
    if (this.#parts.rejoin || !this.#everJoined) {
      this.inputs.fail(error);
      this.history.fail(error);
      this.#phase = "joining";
      this.#sendJoin();
    } else this.close({ reason: closeReasons.sessionExpired, detail: "", mayRejoin: true }, error);
  }

  #sendJoin(): void {
    const { sessionId } = this.#parts;
    const target = { ...this.#parts.target, contract: this.#ownTable.name };
    if (!this.#everSeated) {
      this.#outbox.message(encodeJoin(sessionId, target));
      return;
    }
    // A room made for this player is found again if it is still there; making it twice would fail. A reservation is used.
    const { roomId, roomType } = this.seat;
    const own = { roomId, roomType, mode: JoinMode.JOIN_OR_CREATE };
    const again = { ...target, ...(target.mode === JoinMode.CREATE && own), reservation: "" };
    this.#outbox.message(encodeJoin(sessionId, again, this.flow.resumeFrom()));
  }

  #sendRate(): void {
    if (this.#rateHz !== undefined)
      this.#outbox.message(encodeSetRate(this.sessionId, this.#rateHz));
  }

  /** Something has changed that goes over a reload. */
  #touch(): void {
    this.#parts.host.touched(this.sessionId);
  }

  #announce(): void {
    const { status } = this;
    if (status === this.#lastStatus) return;
    this.#lastStatus = status;
    void this.listeners.status.emit(status);
  }

  /** What those are told who want something of a session that is over, or about to be. */
  #ended(): RoomlineError | undefined {
    return this.#phase === "leaving" || this.#phase === "closed" ? this.#closedError() : undefined;
  }

  #closedError(): RoomlineError {
    return sessionClosed(this.end ?? leftEnd);
  }
}

/** What those are told who want something of a session that has ended. */
function sessionClosed({ reason, detail }: SessionEnd, more = ""): RoomlineError {
  const why = detail === "" ? reason.meaning : detail;
  return new RoomlineError("session-closed", `The session is over: ${reason.name}. ${why}${more}`);
}
