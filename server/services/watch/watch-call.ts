import { toBinary } from "@bufbuild/protobuf";
import type { Clock } from "../../../shared/clock.ts";
import {
  WatchResponseSchema,
  type WatchResponse,
} from "../../../shared/gen/roomline/v1/watch_pb.ts";
import type { Timers } from "../../schedule/timer-wheel.ts";
import type { CallEnd, StreamingCall } from "../../transport/grpc/call.ts";
import { frameMessage } from "../../transport/grpc/frame.ts";
import { connectErrorOf } from "../http/named-errors.ts";
import { SendTimeout } from "../http/send-timeout.ts";
import type { OpenWatch } from "./open-watch.ts";
import { callEndOf } from "./watch-response.ts";

/** What the watches over plain gRPC share: their turn, and the message written last, which mostly all of them get. */
export class WatchCalls {
  readonly #clock: Clock;
  #woken: WatchCall[] = [];
  #message: WatchResponse | undefined;
  #framed: Uint8Array = new Uint8Array();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Lets a watch go on at the end of this turn of the event loop. */
  wake(call: WatchCall): void {
    this.#woken.push(call);
    if (this.#woken.length > 1) return;
    this.#clock.defer(() => {
      const woken = this.#woken;
      this.#woken = [];
      for (const call of woken) call.goOn();
    });
  }

  /** The message as it goes over the wire: watches at the same place get the same message, which is encoded once. */
  frame(message: WatchResponse): Uint8Array {
    if (message !== this.#message) {
      this.#framed = frameMessage(toBinary(WatchResponseSchema, message));
      this.#message = message;
    }
    return this.#framed;
  }
}

/** The end of a call for which a service threw this. */
export function failedCall(thrown: unknown): CallEnd {
  const { code, rawMessage, metadata } = connectErrorOf(thrown);
  return { status: code, message: rawMessage, trailers: Object.fromEntries(metadata) };
}

interface WatchCallParts {
  readonly call: StreamingCall;
  readonly open: OpenWatch;
  readonly calls: WatchCalls;
  readonly clock: Clock;
  readonly timers: Timers;
  /** How long a message may wait to be written. */
  readonly sendTimeoutMs: number;
  /** Gives back what the watch holds. */
  readonly release: () => void;
}

/**
 * A watch over plain gRPC: what {@link watchResponse} is over connect, without a promise for each message. One message is
 * with the call at a time (rule WA-7).
 */
export class WatchCall {
  readonly #parts: WatchCallParts;
  readonly #sending: SendTimeout;
  #isWoken = false;
  #isOver = false;

  constructor(parts: WatchCallParts) {
    const { call, open, calls, clock, timers, sendTimeoutMs } = parts;
    this.#parts = parts;
    this.#sending = new SendTimeout({ clock, timers, sendTimeoutMs, onLate: () => call.cut() });
    open.onWake = () => {
      if (this.#isWoken || this.#isOver || this.#sending.isWriting) return;
      this.#isWoken = true;
      calls.wake(this);
    };
    call.open({ onWritten: () => this.#onWritten(), onClosed: () => this.#release() });
    this.goOn();
  }

  /** Writes the next message, if there is one and the one before has been written. */
  goOn(): void {
    const { open, call, calls } = this.#parts;
    this.#isWoken = false;
    if (this.#isOver || this.#sending.isWriting) return;
    try {
      const next = open.next();
      if (next === "over") this.#end(open.ended && callEndOf(open.ended));
      else if (next === "later") open.onWake();
      else if (next !== "wait") {
        this.#sending.begin();
        call.send(calls.frame(next));
      }
    } catch (thrown) {
      this.#end(failedCall(thrown));
    }
  }

  #onWritten(): void {
    this.#sending.done();
    this.#parts.open.written();
    this.goOn();
  }

  #end(end: CallEnd | undefined): void {
    this.#release();
    if (end !== undefined) this.#parts.call.end(end);
  }

  #release(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sending.stop();
    this.#parts.release();
  }
}
