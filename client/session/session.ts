import type { CloseReason } from "../../shared/close-reason.ts";
import type { Contract } from "../../shared/contract/contract.ts";
import { membersTable } from "../../shared/contract/presence.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { checkNames, type NamesOf } from "../../shared/known-names.ts";
import type { Position } from "../../shared/position.ts";
import { rejected } from "../deferred.ts";
import { checkEventKind } from "./event-kind.ts";
import type { EventInfo } from "./event-stream.ts";
import type { Unsubscribe } from "../listeners.ts";
import type { Session, SessionStatus, VerdictName } from "./session-api.ts";
import type {
  GapInfo,
  HistoryOptions,
  PauseOptions,
  RejoinInfo,
  RequestOptions,
  SendOptions,
  SessionEnd,
  ThrottleInfo,
} from "./session-api.ts";
import type { SessionCore } from "./core.ts";
import type { MirrorTable } from "../state/mirror-table.ts";

const argument = { code: "invalid-argument" } as const;
const sendNames: NamesOf<SendOptions> = { ephemeral: true };
const requestNames: NamesOf<RequestOptions> = { timeoutMs: true };
const historyNames: NamesOf<HistoryOptions> = { before: true, count: true };
const pauseNames: NamesOf<PauseOptions> = { mode: true };

/**
 * The public face of a session. The names and payloads of a contract are checked by the compiler alone, so this is the
 * one place where a session gets its types.
 */
export function createSession<C extends Contract>(core: SessionCore, contract: C): Session<C> {
  return new TypelessSession(core, contract) as unknown as Session<C>;
}

class TypelessSession {
  readonly state: Readonly<Record<string, MirrorTable<unknown>>>;
  readonly members: MirrorTable<unknown> | undefined;
  readonly #core: SessionCore;
  readonly #contract: Contract;

  constructor(core: SessionCore, contract: Contract) {
    this.#core = core;
    this.#contract = contract;
    const { [membersTable]: members, ...tables } = core.flow.mirror.tables;
    this.state = tables;
    this.members = members;
  }

  get sessionId(): string {
    return this.#core.sessionId;
  }

  get roomId(): string {
    return this.#core.seat.roomId;
  }

  get roomType(): string {
    return this.#core.seat.roomType;
  }

  get playerId(): string {
    return this.#core.seat.playerId;
  }

  get metadata(): unknown {
    return this.#core.seat.metadata;
  }

  get status(): SessionStatus {
    return this.#core.status;
  }

  get position(): Position {
    return this.#core.flow.position;
  }

  get lastVerdict(): VerdictName | undefined {
    return this.#core.lastVerdict;
  }

  get closeReason(): CloseReason | undefined {
    return this.#core.end?.reason;
  }

  get throttledHz(): number {
    return this.#core.throttledHz;
  }

  get pendingInputs(): number {
    return this.#core.inputs.pending;
  }

  send(kind: string, payload: unknown, options?: SendOptions): Promise<void> {
    if (options !== undefined) checkNames("send", options, sendNames, argument);
    return this.#core.inputs.send(kind, payload, options);
  }

  setPresence(presence: unknown): Promise<void> {
    if (this.#contract.presence === undefined) {
      const advice = "give defineContract one: presence: json(schema)";
      const message = `The contract has no presence; ${advice}.`;
      return rejected(new RoomlineError("invalid-use", message));
    }
    return this.#core.setPresence(presence);
  }

  request(kind: string, payload: unknown, options?: RequestOptions): Promise<unknown> {
    if (options !== undefined) checkNames("request", options, requestNames, argument);
    return this.#core.inputs.request(kind, payload, options);
  }

  on(kind: string, handler: (event: unknown, info: EventInfo) => unknown): Unsubscribe {
    checkEventKind(this.#contract, kind);
    return this.#core.listeners.onEvent(kind, handler);
  }

  history(options: HistoryOptions): Promise<unknown> {
    checkNames("history", options, historyNames, argument);
    return this.#core.history.read(options);
  }

  onState(callback: (info: { readonly tick: number }) => unknown): Unsubscribe {
    const { listeners, flow } = this.#core;
    const { lastState } = flow;
    return lastState === undefined
      ? listeners.state.add(callback)
      : listeners.state.addLate(callback, lastState);
  }

  onGap(callback: (gap: GapInfo) => unknown): Unsubscribe {
    return this.#core.listeners.gap.add(callback);
  }

  onBacklogEnd(callback: (info: { readonly cursor: number }) => unknown): Unsubscribe {
    const { listeners, flow } = this.#core;
    const { lastBacklogEnd } = flow;
    // Away or paused, nothing live follows it any more: the end that matters is still to come.
    return lastBacklogEnd === undefined || this.status !== "active"
      ? listeners.backlogEnd.add(callback)
      : listeners.backlogEnd.addLate(callback, lastBacklogEnd);
  }

  onStatus(callback: (status: SessionStatus) => unknown): Unsubscribe {
    return this.#core.listeners.status.add(callback);
  }

  onRejoin(callback: (info: RejoinInfo) => unknown): Unsubscribe {
    return this.#core.listeners.rejoin.add(callback);
  }

  onThrottled(callback: (info: ThrottleInfo) => unknown): Unsubscribe {
    return this.#core.listeners.throttled.add(callback);
  }

  onError(callback: (error: RoomlineError) => unknown): Unsubscribe {
    return this.#core.listeners.error.add(callback);
  }

  onClose(callback: (end: SessionEnd) => unknown): Unsubscribe {
    const { listeners, end } = this.#core;
    return end === undefined
      ? listeners.close.add(callback)
      : listeners.close.addLate(callback, end);
  }

  pause(options: PauseOptions = {}): Promise<void> {
    checkNames("pause", options, pauseNames, argument);
    return this.#core.pause(options.mode ?? "buffer");
  }

  resume(): Promise<void> {
    return this.#core.pause(undefined);
  }

  setRate(rateHz: number): Promise<void> {
    return this.#core.setRate(rateHz);
  }

  leave(): Promise<void> {
    return this.#core.leave();
  }
}
