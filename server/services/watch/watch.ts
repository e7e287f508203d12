import { create, fromBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import type { Clock } from "../../../shared/clock.ts";
import { closeReasons } from "../../../shared/close-reason.ts";
import { RoomlineError } from "../../../shared/errors.ts";
import { isName, isSessionId, type IdSource } from "../../../shared/ids.ts";
import type { Limits } from "../../../shared/limits.ts";
import {
  WatchRequestSchema,
  WatchResponseSchema,
  WatchService as WatchServiceDescriptor,
  WatchStart,
  type CancelWatchRequest,
  type WatchRequest,
  type WatchResponse,
} from "../../../shared/gen/roomline/v1/watch_pb.ts";
import type { Catalogue } from "../../feed/catalogue.ts";
import type { RoomAbout, RoomFeed } from "../../feed/feed.ts";
import type { HistoryReads } from "../../feed/history-reads.ts";
import type { Revocations } from "../../connection/revocations.ts";
import type { OnRefused } from "../../observe/refusals.ts";
import type { Timers } from "../../schedule/timer-wheel.ts";
import type { AnswerCall, StreamingCall } from "../../transport/grpc/call.ts";
import { awaitCallerEnd } from "../http/caller-end.ts";
import { actsAsOperator, type Caller, type Callers } from "../http/caller.ts";
import { OpenWatch } from "./open-watch.ts";
import { timelyResponse } from "../http/timely-response.ts";
import { decodeWatchCursor } from "./watch-cursor.ts";
import { failedCall, WatchCall, WatchCalls } from "./watch-call.ts";
import { WatchEvents } from "./watch-events.ts";
import { WatchRegistry } from "./watch-registry.ts";
import { watchResponse } from "./watch-response.ts";
import { WatchStream, type WatchFrom } from "./watch-stream.ts";

interface WatchServiceParts {
  readonly catalogue: Catalogue;
  readonly callers: Callers;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly ids: IdSource;
  readonly reads: HistoryReads;
  readonly revocations: Pick<Revocations, "onRevoked">;
  readonly onRefused: OnRefused;
}

/** Streams the public events of rooms to those who have no seat in them (rules WA). */
export interface WatchService {
  /** Adds the service to a router. */
  routes(router: ConnectRouter): void;
  /** Answers plain gRPC calls, by path: the same without a library, which costs more than all the rest of an event. */
  readonly calls: ReadonlyMap<string, AnswerCall>;
  /** Open watches. */
  readonly size: number;
  /** Ends all watches with `draining`, and takes no more (rule DR-1). */
  drain(): void;
}

/** Creates a {@link WatchService}. */
export function createWatchService(parts: WatchServiceParts): WatchService {
  return new RoomWatchService(parts);
}

class RoomWatchService implements WatchService {
  readonly #parts: WatchServiceParts;
  readonly #registry: WatchRegistry;
  readonly #events = new WatchEvents();
  readonly #calls: WatchCalls;
  readonly calls: ReadonlyMap<string, AnswerCall>;
  #draining = false;

  constructor(parts: WatchServiceParts) {
    this.#parts = parts;
    this.#registry = new WatchRegistry(parts.limits);
    this.#calls = new WatchCalls(parts.clock);
    const { typeName, method } = WatchServiceDescriptor;
    this.calls = new Map([
      [`/${typeName}/${method.watch.name}`, (call, request) => void this.#answer(call, request)],
    ]);
  }

  get size(): number {
    return this.#registry.size;
  }

  routes(router: ConnectRouter): void {
    router.service(WatchServiceDescriptor, {
      watch: (request, context) => this.#watch(request, context),
      cancelWatch: (request, context) => this.#cancel(request, context),
    });
  }

  drain(): void {
    this.#draining = true;
    for (const open of this.#registry.all()) open.end(closeReasons.draining);
  }

  async *#watch(request: WatchRequest, context: HandlerContext): AsyncGenerator<WatchResponse> {
    const caller = await this.#parts.callers.identify(context);
    const { limits, timers, clock } = this.#parts;
    const { open, release } = await this.#begin(request, caller);
    yield* timelyResponse(watchResponse(open, context, clock), {
      context,
      clock,
      timers,
      sendTimeoutMs: limits.sendTimeoutMs,
      release,
    });
  }

  /** The same for a plain gRPC call. */
  async #answer(call: StreamingCall, request: Uint8Array): Promise<void> {
    try {
      const asked = parseRequest(request);
      const caller = await this.#parts.callers.identifyPeer(call.peer);
      if (call.closed) return;
      const { open, release } = await this.#begin(asked, caller);
      if (isClosed(call)) {
        release();
        return;
      }
      const { clock, timers, limits } = this.#parts;
      const { sendTimeoutMs } = limits;
      new WatchCall({ call, open, clock, timers, sendTimeoutMs, calls: this.#calls, release });
    } catch (thrown) {
      call.end(failedCall(thrown));
    }
  }

  /** Opens a watch, or says why not. */
  async #begin(request: WatchRequest, caller: Caller) {
    try {
      return await this.#open(request, caller);
    } catch (thrown) {
      const { code: reason, message } = RoomlineError.from(thrown);
      const fields = { client: caller.clientId };
      this.#parts.onRefused({ act: "watch", reason, message, fields });
      throw thrown;
    }
  }

  /** Opens a watch, when its room is found and allows it (rule WA-1). */
  async #open(request: WatchRequest, caller: Caller) {
    const { clientId, claims } = caller;
    this.#checkOpen();
    const { catalogue, limits, clock, timers, ids, reads } = this.#parts;
    const { topic } = request;
    checkRequest(request);
    const from = fromOf(request);
    const id = request.watchId === "" ? ids.id() : request.watchId;
    this.#registry.check(clientId, id);
    const { feed } = await catalogue.find(topic);
    const { about } = feed;
    const kinds = kindsOf(about, request.kinds);
    const isOperator = actsAsOperator(caller, "read");
    await catalogue.ask(topic, { kind: "watch", clientId, claims, isOperator });
    // Much may have happened while the room made up its mind.
    this.#checkOpen();
    this.#registry.check(clientId, id);
    const stream = new WatchStream({
      ...{ feed, reads, from, kinds, events: this.#events, bounds: limits },
    });
    const open = new OpenWatch({
      id,
      stream,
      started: startedMessage(about, { id, cursor: stream.beginCursor, limits }),
      clock,
      timers,
      heartbeatIntervalMs: limits.watchHeartbeatIntervalMs,
    });
    this.#registry.add(clientId, open);
    const leave = feed.follow(open);
    const end = awaitCallerEnd(caller, this.#parts, (reason) => open.end(reason));
    const release = (): void => {
      end.cancel();
      open.release();
      leave();
      this.#registry.remove(clientId, open);
    };
    return { open, release };
  }

  #checkOpen(): void {
    if (this.#draining) throw new RoomlineError("draining", "The server is going down.");
  }

  async #cancel(
    { watchId }: CancelWatchRequest,
    context: HandlerContext,
  ): Promise<{ cancelled: boolean }> {
    const caller = await this.#parts.callers.identify(context);
    if (actsAsOperator(caller, "operate")) {
      const watches = [...this.#registry.all(watchId)];
      for (const open of watches) open.end(closeReasons.forbidden);
      return { cancelled: watches.length > 0 };
    }
    const own = this.#registry.get(caller.clientId, watchId);
    own?.end(closeReasons.clientClosed, "The watch was cancelled.");
    return { cancelled: own !== undefined };
  }
}

/** @throws ConnectError `invalid_argument` */
function parseRequest(request: Uint8Array): WatchRequest {
  try {
    return fromBinary(WatchRequestSchema, request);
  } catch (thrown) {
    throw ConnectError.from(thrown, Code.InvalidArgument);
  }
}

/** It may have been closed meanwhile, which the compiler does not see. */
function isClosed(call: StreamingCall): boolean {
  return call.closed;
}

/** @throws RoomlineError `invalid-argument` */
function checkRequest({ topic, watchId }: WatchRequest): void {
  if (!isName(topic)) throw invalid("The topic is the id of a room: 1 to 128 characters.");
  if (watchId !== "" && !isSessionId(watchId))
    throw invalid("A watch id has 1 to 64 of A-Z a-z 0-9 _ -.");
}

/** The kinds asked for; undefined: all. @throws RoomlineError `unknown-kind` */
function kindsOf(about: RoomAbout, kinds: readonly string[]): ReadonlySet<string> | undefined {
  const known = about.contract.events.map(({ name }) => name);
  for (const kind of kinds) {
    if (known.includes(kind)) continue;
    throw new RoomlineError(
      "unknown-kind",
      `Room "${about.roomId}" has no events of kind "${kind}". It has: ${known.join(", ")}.`,
    );
  }
  return kinds.length === 0 ? undefined : new Set(kinds);
}

function fromOf({ cursor, start }: WatchRequest): WatchFrom {
  if (cursor !== "") return decodeWatchCursor(cursor);
  switch (start) {
    case WatchStart.OLDEST:
      return "oldest";
    case WatchStart.UNSPECIFIED:
    case WatchStart.LIVE:
      return "live";
    default:
      throw invalid("start is none of LIVE and OLDEST.");
  }
}

function startedMessage(
  { roomType, epoch, contract }: RoomFeed["about"],
  watch: { readonly id: string; readonly cursor: string; readonly limits: Limits },
): WatchResponse {
  return create(WatchResponseSchema, {
    cursor: watch.cursor,
    message: {
      case: "started",
      value: {
        watchId: watch.id,
        roomType,
        epoch,
        heartbeatIntervalMs: watch.limits.watchHeartbeatIntervalMs,
        kinds: contract.events,
      },
    },
  });
}

const invalid = (message: string) => new RoomlineError("invalid-argument", message);
