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
import type { Reservations } from "../../rooms/reservations.ts";
import type { LiveRoom } from "../../room/live-room.ts";
import type { RoomTypeConfig } from "../../room/config.ts";
import type { RoomDirectory } from "../../rooms/directory.ts";
import type { RoomManager } from "../../rooms/room-manager.ts";
import { authorizeQuery, parseRoomQuery, type RoomQuery } from "../../rooms/room-query.ts";
import type { Timers } from "../../schedule/timer-wheel.ts";
import { actsAsOperator, type Caller, type Callers } from "../http/caller.ts";
import { watchRooms } from "./lobby-watch.ts";
import { createPageTokens, type PageTokens } from "./page-token.ts";
import { jsonOfValue } from "../http/plain-value.ts";
import { roomMatcher } from "./room-filter.ts";
import { roomInfo } from "./room-info.ts";
import { describeRoomType } from "./room-type-info.ts";

/** What the lobby service is made of. */
export interface LobbyParts {
  readonly rooms: RoomManager;
  readonly directory: RoomDirectory;
  readonly reservations: Reservations;
  readonly roomTypes: ReadonlyMap<string, RoomTypeConfig>;
  readonly callers: Callers;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly limits: Limits;
  readonly ids: IdSource;
}

const pageSizeMax = 1_000;
const pageSizeDefault = 100;

/** LobbyService: lists rooms, makes rooms, reserves seats (rules LB). */
export class Lobby {
  readonly #parts: LobbyParts;
  readonly #pageTokens: PageTokens;

  constructor(parts: LobbyParts) {
    this.#parts = parts;
    this.#pageTokens = createPageTokens(parts.ids.id());
  }

  /** Adds the service to a router. */
  routes(router: ConnectRouter): void {
    const { callers, directory, clock, timers, limits } = this.#parts;
    router.service(LobbyService, {
      listRooms: async (request, context) => {
        await callers.identify(context);
        return this.#list(request);
      },
      watchRooms: async function* ({ filter }, context) {
        await callers.identify(context);
        yield* watchRooms(directory, {
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
        return { roomTypes: this.#typesNamed(roomType).map(describeRoomType) };
      },
    });
  }

  #list({
    filter,
    pageSize,
    pageToken,
  }: ListRoomsRequest): MessageInitShape<typeof ListRoomsResponseSchema> {
    const { directory } = this.#parts;
    if (pageSize > pageSizeMax) throw invalid(`page_size is at most ${pageSizeMax}.`);
    const after = this.#pageTokens.decode(pageToken);
    const size = pageSize === 0 ? pageSizeDefault : pageSize;
    const { listings, next } = directory.page(roomMatcher(filter), { after, size });
    return {
      rooms: listings.map(roomInfo),
      nextPageToken: next === undefined ? "" : this.#pageTokens.encode(next),
    };
  }

  async #create({ roomType, roomId, options }: CreateRoomRequest, context: HandlerContext) {
    if (roomType === "") throw invalid("room_type is missing: it says what room to make.");
    const optionsJson = jsonOfValue(options);
    const mode = JoinMode.CREATE;
    const { directory, callers } = this.#parts;
    const caller = await callers.identify(context);
    const query = parseRoomQuery({ roomId, roomType, mode, optionsJson });
    const room = await this.#findAllowed(query, caller);
    const listing = directory.get(room.roomId);
    return listing === undefined ? {} : { room: roomInfo(listing) };
  }

  async #reserve(
    request: ReserveSeatRequest,
    context: HandlerContext,
  ): Promise<MessageInitShape<typeof ReserveSeatResponseSchema>> {
    const { reservations, callers, limits } = this.#parts;
    const { playerId } = request;
    if (playerId !== "" && !isName(playerId)) {
      throw invalid("player_id has 1 to 128 characters and no control characters.");
    }
    const caller = await callers.identify(context);
    const query = parseRoomQuery({ ...request, optionsJson: jsonOfValue(request.options) });
    const room = await this.#findAllowed(query, caller);
    const holder = actsAsOperator(caller) ? undefined : caller.clientId;
    const reservation = reservations.hold(room, { playerId, holder });
    return { roomId: room.roomId, reservation, expiresInMs: limits.reservationMs };
  }

  /** The room a caller gets if its type allows; operators are not asked (rule LB-5). */
  async #findAllowed(query: RoomQuery, caller: Caller): Promise<LiveRoom> {
    const { rooms } = this.#parts;
    const type = rooms.typeOf(query);
    if (type !== undefined && !actsAsOperator(caller)) {
      await authorizeQuery(type, query, { playerId: caller.clientId, claims: caller.claims });
    }
    return rooms.findAllowed(query, type);
  }

  #typesNamed(name: string): RoomTypeConfig[] {
    return name === "" ? [...this.#parts.roomTypes.values()] : [this.#parts.rooms.type(name)];
  }
}

function invalid(message: string): RoomlineError {
  return new RoomlineError("invalid-argument", message);
}
