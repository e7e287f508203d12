import { Code, ConnectError, createClient, type CallOptions } from "@connectrpc/connect";
import type { Clock, Timer } from "../../shared/clock.ts";
import {
  closeCodeTrailer,
  closeDetailTrailer,
  decodeDetail,
} from "../../shared/transport/grpc-names.ts";
import {
  WatchService,
  type WatchRequest,
  type WatchResponse,
} from "../../shared/gen/roomline/v1/watch_pb.ts";
import { clientLimits } from "../limits.ts";
import type { CallDialer } from "../calls/call-dialer.ts";
import type { TryEnd } from "./watch-verdict.ts";

/** What a try needs. */
export interface WatchTryParts {
  readonly dialer: CallDialer;
  readonly clock: Clock;
  readonly request: Pick<WatchRequest, "topic" | "cursor" | "start" | "kinds" | "watchId">;
  headers(): Promise<Record<string, string>>;
  /** Handles a message; the next one is read when it has. */
  take(message: WatchResponse): Promise<void> | undefined;
}

/** One try to watch: a single call, from its start to whatever ends it. */
export class WatchTry {
  readonly #parts: WatchTryParts;
  readonly #abort = new AbortController();
  #silentMsMax: number = clientLimits.welcomeTimeoutMs;
  #silent = false;

  constructor(parts: WatchTryParts) {
    this.#parts = parts;
  }

  /** Breaks it off. A handler that runs is let finish. */
  stop(): void {
    this.#abort.abort();
  }

  /** Resolves when the call is over and the last message has been handled; never rejects. */
  async run(): Promise<TryEnd> {
    const { dialer, request } = this.#parts;
    const line = dialer.dial();
    let trailers = new Headers();
    try {
      const options: CallOptions = {
        headers: await this.#parts.headers(),
        signal: this.#abort.signal,
        onTrailer: (given) => (trailers = given),
      };
      const responses = createClient(WatchService, line.transport).watch(request, options);
      await this.#read(responses[Symbol.asyncIterator]());
      return {
        status: "ok",
        ...closeOf(trailers),
        detail: detailOf(trailers, "The stream ended."),
      };
    } catch (thrown) {
      if (this.#silent) {
        return { status: "silent", closeCode: undefined, detail: "The server was silent." };
      }
      const error = ConnectError.from(thrown, Code.Unavailable);
      const detail = detailOf(error.metadata, error.rawMessage);
      return { status: error.code, ...closeOf(error.metadata), detail };
    } finally {
      this.#abort.abort();
      line.close();
    }
  }

  async #read(responses: AsyncIterator<WatchResponse>): Promise<void> {
    for (;;) {
      const next = await this.#next(responses);
      if (next.done === true) return;
      const { message } = next.value;
      if (message.case === "started") {
        this.#silentMsMax = message.value.heartbeatIntervalMs * clientLimits.silentIntervalsMax;
      }
      const wait = this.#parts.take(next.value);
      if (wait !== undefined) await wait;
      if (this.#abort.signal.aborted) return;
    }
  }

  /** The next message. Only the wait for it counts as silence, not what its handlers take. */
  async #next(responses: AsyncIterator<WatchResponse>): Promise<IteratorResult<WatchResponse>> {
    const timer: Timer = this.#parts.clock.setTimer(() => {
      this.#silent = true;
      this.#abort.abort();
    }, this.#silentMsMax);
    try {
      return await responses.next();
    } finally {
      timer.cancel();
    }
  }
}

function closeOf(trailers: Headers): { readonly closeCode: number | undefined } {
  const code = trailers.get(closeCodeTrailer) ?? "";
  return { closeCode: /^\d{4}$/.test(code) ? Number(code) : undefined };
}

function detailOf(trailers: Headers, otherwise: string): string {
  const detail = trailers.get(closeDetailTrailer);
  return detail === null ? otherwise : decodeDetail(detail);
}
