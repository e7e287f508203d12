import { createClient, type Transport } from "@connectrpc/connect";
import { backoffMs, type BackoffConfig } from "../../shared/backoff.ts";
import type { Clock, Timer } from "../../shared/clock.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { LobbyService } from "../../shared/gen/roomline/v1/lobby_pb.ts";
import type { RandomSource } from "../../shared/random.ts";
import { createDeferred } from "../deferred.ts";
import { clientLimits } from "../limits.ts";
import { Listeners } from "../listeners.ts";
import type { KeptStatus } from "../watch/watch-api.ts";
import type { CallDialer } from "../calls/call-dialer.ts";
import type { LobbyChange, LobbyFilter, LobbyRoom, RoomsWatch } from "./lobby-api.ts";
import { isPassing, lobbyError, wireFilter } from "./lobby-messages.ts";
import { RoomsList } from "./rooms-list.ts";

/** What a kept list is made of. */
export interface KeptRoomsConfig {
  readonly dialer: CallDialer;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly backoff: BackoffConfig;
  readonly filter: LobbyFilter;
  headers(): Promise<Record<string, string>>;
  onChange(change: LobbyChange): unknown;
  onStatus(status: KeptStatus, why: string): unknown;
  onError(error: unknown, where: string): void;
}

/** A list of rooms and the calls that keep it up, one after the other, until it is stopped or refused. */
export class KeptRooms implements RoomsWatch {
  readonly #config: KeptRoomsConfig;
  readonly #list = new RoomsList();
  readonly #changes: Listeners<[LobbyChange]>;
  readonly #statuses: Listeners<[KeptStatus, string]>;
  readonly #ended = createDeferred<RoomlineError | undefined>();
  #status: KeptStatus = "connecting";
  /** Calls since the list last came. */
  #attempts = 0;
  #stopped = false;
  /** Ends whatever is waited for. */
  #interrupt: (() => void) | undefined;

  constructor(config: KeptRoomsConfig) {
    this.#config = config;
    const report = (error: unknown, where: string): void => config.onError(error, where);
    this.#changes = new Listeners("watchRooms.onChange", report);
    this.#statuses = new Listeners("watchRooms.onStatus", report);
    this.#changes.add((change) => config.onChange(change));
    this.#statuses.add((status, why) => config.onStatus(status, why));
    void this.#run();
  }

  get status(): KeptStatus {
    return this.#status;
  }

  get rooms(): ReadonlyMap<string, LobbyRoom> {
    return this.#list.rooms;
  }

  get ended(): Promise<RoomlineError | undefined> {
    return this.#ended.promise;
  }

  stop(): void {
    this.#stopped = true;
    this.#interrupt?.();
  }

  async #run(): Promise<void> {
    while (!this.#isStopped()) {
      this.#setStatus("connecting", "");
      // Whoever is told may stop it.
      if (this.#isStopped()) break;
      const error = await this.#once();
      if (this.#isStopped()) break;
      if (!isPassing(error)) {
        this.#end(error);
        return;
      }
      this.#setStatus("waiting", error.message);
      if (!this.#isStopped()) await this.#backOff();
    }
    this.#end(undefined);
  }

  /** One call, from its start to whatever ends it. */
  async #once(): Promise<RoomlineError> {
    const { dialer, filter } = this.#config;
    const abort = new AbortController();
    this.#interrupt = () => abort.abort();
    const line = dialer.dial();
    try {
      const headers = await this.#config.headers();
      const request = { filter: wireFilter(filter) };
      await this.#read(line.transport, { request, headers, abort });
      return new RoomlineError("unavailable", "The server ended the stream.");
    } catch (thrown) {
      return lobbyError(thrown);
    } finally {
      this.#interrupt = undefined;
      abort.abort();
      line.close();
    }
  }

  async #read(
    transport: Transport,
    call: {
      readonly request: { readonly filter: ReturnType<typeof wireFilter> };
      readonly headers: Record<string, string>;
      readonly abort: AbortController;
    },
  ): Promise<void> {
    const { clock } = this.#config;
    const { request, headers, abort } = call;
    let silentMs: number = clientLimits.welcomeTimeoutMs;
    const listen = (): Timer => clock.setTimer(() => abort.abort(), silentMs);
    let silence = listen();
    this.#list.begin();
    try {
      const { signal } = abort;
      for await (const message of createClient(LobbyService, transport).watchRooms(request, {
        headers,
        signal,
      })) {
        silence.cancel();
        if (this.#isStopped()) return;
        if (message.heartbeatIntervalMs > 0)
          silentMs = message.heartbeatIntervalMs * clientLimits.silentIntervalsMax;
        const change = this.#list.take(message);
        if (change !== undefined) this.#tell(change);
        silence = listen();
      }
    } finally {
      silence.cancel();
    }
  }

  #tell(change: LobbyChange): void {
    this.#attempts = 0;
    this.#setStatus("live", "");
    void this.#changes.emit(change);
  }

  #backOff(): Promise<void> {
    const { clock, backoff, random } = this.#config;
    return new Promise((resolve) => {
      const timer = clock.setTimer(resolve, backoffMs(backoff, this.#attempts++, random));
      this.#interrupt = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  /** Asked anew each time: it changes while something is waited for. */
  #isStopped(): boolean {
    return this.#stopped;
  }

  #end(error: RoomlineError | undefined): void {
    this.#setStatus("ended", error?.message ?? "It was stopped.");
    this.#ended.resolve(error);
  }

  #setStatus(status: KeptStatus, why: string): void {
    if (status === this.#status) return;
    this.#status = status;
    void this.#statuses.emit(status, why);
  }
}
