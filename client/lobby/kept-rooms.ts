import { createClient, type Transport } from "@connectrpc/connect";
import type { BackoffConfig } from "../../shared/backoff.ts";
import type { Clock } from "../../shared/clock.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { LobbyService } from "../../shared/gen/roomline/v1/lobby_pb.ts";
import type { RandomSource } from "../../shared/random.ts";
import { HeardStream } from "../calls/heard-stream.ts";
import { KeptCall, type KeptStatus } from "../calls/kept-call.ts";
import { isTokenExpired, type MakeCall } from "../calls/make-call.ts";
import type { Report } from "../containment.ts";
import { Listeners } from "../listeners.ts";
import type { LobbyChange, LobbyRoom, RoomsWatch } from "./lobby-api.ts";
import { judgeRoomsTry, lobbyError, type RoomsTryEnd, type WireFilter } from "./lobby-messages.ts";
import { RoomsList } from "./rooms-list.ts";

/** The options of a kept list, complete. */
interface KeptRoomsConfig {
  readonly call: MakeCall;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly backoff: BackoffConfig;
  readonly filter: WireFilter;
  onChange(change: LobbyChange): unknown;
  onStatus(status: KeptStatus, why: string): unknown;
  readonly report: Report;
}

/** A list of rooms that is kept up to date, over one call after the other. */
export class KeptRooms implements RoomsWatch {
  readonly #config: KeptRoomsConfig;
  readonly #list = new RoomsList();
  readonly #changes: Listeners<[LobbyChange]>;
  readonly #kept: KeptCall<RoomsTryEnd, RoomlineError | undefined>;

  constructor(config: KeptRoomsConfig) {
    const { clock, random, backoff, report } = config;
    this.#config = config;
    this.#changes = new Listeners("watchRooms.onChange", report);
    const statuses = new Listeners<[KeptStatus, string]>("watchRooms.onStatus", report);
    this.#changes.add((change) => config.onChange(change));
    statuses.add((status, why) => config.onStatus(status, why));
    this.#kept = new KeptCall<RoomsTryEnd, RoomlineError | undefined>({
      clock,
      random,
      backoff,
      stopped: undefined,
      tryOnce: (abort) => this.#tryOnce(abort),
      judge: judgeRoomsTry,
      onStatus: (status, why) => void statuses.emit(status, why),
    });
    this.#kept.start();
  }

  get status(): KeptStatus {
    return this.#kept.status;
  }

  get rooms(): ReadonlyMap<string, LobbyRoom> {
    return this.#list.rooms;
  }

  get ended(): Promise<RoomlineError | undefined> {
    return this.#kept.ended;
  }

  stop(): void {
    this.#kept.stop();
  }

  /** One call, from its start to whatever ends it. */
  async #tryOnce(abort: AbortController): Promise<RoomsTryEnd> {
    try {
      await this.#config.call(async ({ transport, headers }) => {
        try {
          await this.#read(transport, headers, abort);
        } finally {
          abort.abort();
        }
      }, abort.signal);
      const error = new RoomlineError("unavailable", "The server ended the stream.");
      return { error, wantsNewToken: false, detail: error.message };
    } catch (thrown) {
      const error = lobbyError(thrown);
      return { error, wantsNewToken: isTokenExpired(thrown), detail: error.message };
    }
  }

  async #read(
    transport: Transport,
    headers: Record<string, string>,
    abort: AbortController,
  ): Promise<void> {
    const { clock, filter } = this.#config;
    const { signal } = abort;
    const client = createClient(LobbyService, transport);
    const responses = client.watchRooms({ filter }, { headers, signal });
    const stream = new HeardStream(responses, clock, abort);
    this.#list.begin();
    for (;;) {
      const next = await stream.next();
      if (next.done === true || signal.aborted) return;
      const { heartbeatIntervalMs } = next.value;
      if (heartbeatIntervalMs > 0) stream.heartbeatIntervalMs = heartbeatIntervalMs;
      const change = this.#list.take(next.value);
      if (change !== undefined) this.#tell(change);
    }
  }

  #tell(change: LobbyChange): void {
    this.#kept.progress();
    this.#kept.live();
    void this.#changes.emit(change);
  }
}
