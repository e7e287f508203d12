import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ConnectRouter, HandlerContext } from "@connectrpc/connect";
import type { Clock } from "../../../shared/clock.ts";
import { RoomlineError } from "../../../shared/errors.ts";
import {
  LobbyService,
  type CreateRoomRequest,
  type ListRoomsRequest,
  type ListRoomsResponseSchema,
  type ReserveSeatRequest,
  type ReserveSeatResponseSchema,
} from "../../../shared/gen/roomline/v1/lobby_pb.ts";
import { JoinMode } from "../../../shared/gen/roomline/v1/realtime_pb.ts";
import { isName, type IdSource } from "../../../shared/ids.ts";
import type { Limits } from "../../../shared/limits.ts";
import type { Catalogue, RoomRef, SeatHold } from "../../feed/catalogue.ts";
import { parseRoomQuery, type RoomQuery } from "../../feed/room-query.ts";
import type { Timers } from "../../schedule/timer-wheel.ts";
import type { Revocations } from "../../connection/revocations.ts";
import { awaitCallerEnd } from "../http/caller-end.ts";
import { actsAsOperator, isOperator, type Caller, type Callers } from "../http/caller.ts";
import { watchRooms } from "./lobby-watch.ts";
import { createPageTokens, type PageTokens } from "./page-token.ts";
import { jsonOfValue } from "../http/plain-value.ts";
import { roomMatcher } from "./room-filter.ts";
import { roomInfo } from "./room-info.ts";

interface LobbyParts {
  readonly catalogue: Catalogue;
  readonly callers: Callers;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly limits: Limits;
  readonly ids: IdSource;
  readonly revocations: Pick<Revocations, "onRevoked">;
  /** What page tokens are good for: this run of the server, of all its nodes. Default: this one's. */
  readonly life?: string | undefined;
}

const pageSizeMax = 1_000;
const pageSizeDefault = 100;

/** LobbyService: lists rooms, makes rooms, reserves seats (rules LB). */
export class Lobby {
  readonly #parts: LobbyParts;
  readonly #pageTokens: PageTokens;

  constructor(parts: LobbyParts) {
    this.#parts = parts;
    this.#pageTokens = createPageTokens(parts.life ?? parts.ids.id());
  }

  /** Adds the service to a router. */
  routes(router: ConnectRouter): void {
    const parts = this.#parts;
    const { callers, catalogue, clock, timers, limits } = parts;
    router.service(LobbyService, {
      listRooms: async (request, context) => {
        await callers.identify(context);
        return this.#list(request);
      },
      watchRooms: async function* ({ filter }, context) {
        const caller = await callers.identify(context);
        yield* watchRooms(catalogue.listings, {
          caller: isOperator(caller) ? undefined : caller.key,
          onCallerEnd: (callback) => awaitCallerEnd(caller, parts, callback),
          matches: roomMatcher(filter),
          clock,
          timers,
          heartbeatIntervalMs: limits.watchHeartbeatIntervalMs,
          sendTimeoutMs: limits.sendTimeoutMs,
          context,
        });
      },
      createRoom: (request, context) => this.#create(request, context),
      reserveSeat: (request, context) => this.#reserve(request, context),
      describeRoomTypes: async ({ roomType }, context) => {
        await callers.identify(context);
        return { roomTypes: [...catalogue.types(roomType)] };
      },
    });
  }

  #list({
    filter,
    pageSize,
    pageToken,
  }: ListRoomsRequest): MessageInitShape<typeof ListRoomsResponseSchema> {
    const { listings: rooms } = this.#parts.catalogue;
    if (pageSize > pageSizeMax) throw invalid(`page_size is at most ${pageSizeMax}.`);
    const after = this.#pageTokens.decode(pageToken);
    const size = pageSize === 0 ? pageSizeDefault : pageSize;
    const { listings, next } = rooms.page(roomMatcher(filter), { after, size });
    return {
      rooms: listings.map(roomInfo),
      nextPageToken: next === undefined ? "" : this.#pageTokens.encode(next),
    };
  }

  async #create({ roomType, roomId, options }: CreateRoomRequest, context: HandlerContext) {
    if (roomType === "") throw invalid("room_type is missing: it says what room to make.");
    const optionsJson = jsonOfValue(options);
    const mode = JoinMode.CREATE;
    const { catalogue, callers } = this.#parts;
    const caller = await callers.identify(context);
    const query = parseRoomQuery({ roomId, roomType, mode, optionsJson });
    const { feed } = await this.#open(query, caller);
    const listing = catalogue.listings.get(feed.about.roomId);
    return listing === undefined ? {} : { room: roomInfo(listing) };
  }

  async #reserve(
    request: ReserveSeatRequest,
    context: HandlerContext,
  ): Promise<MessageInitShape<typeof ReserveSeatResponseSchema>> {
    const { catalogue, callers, limits } = this.#parts;
    const { playerId } = request;
    if (playerId !== "" && !isName(playerId)) {
      throw invalid("player_id has 1 to 128 characters and no control characters.");
    }
    const caller = await callers.identify(context);
    const query = parseRoomQuery({ ...request, optionsJson: jsonOfValue(request.options) });
    const holder = actsAsOperator(caller, "operate") ? undefined : caller.clientId;
    const hold = { playerId, holder };
    const room = await this.#open(query, caller, hold);
    const { roomId } = room.feed.about;
    const reservation = room.reservation ?? (await catalogue.reserve(roomId, hold));
    return { roomId, reservation, expiresInMs: limits.reservationMs };
  }

  /** The room a caller gets if its type allows (rule LB-5). */
  #open(query: RoomQuery, caller: Caller, hold?: SeatHold): RoomRef | Promise<RoomRef> {
    const { clientId: playerId, claims, key: maker } = caller;
    const mayAll = actsAsOperator(caller, "operate");
    const asked = { playerId, claims, isOperator: mayAll, maker, ...(hold && { hold }) };
    return this.#parts.catalogue.open(query, asked);
  }
}

function invalid(message: string): RoomlineError {
  return new RoomlineError("invalid-argument", message);
}
