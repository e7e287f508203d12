import { createClient, type CallOptions, type Client } from "@connectrpc/connect";
import { createSystemClock } from "../../shared/clock.ts";
import { LobbyService } from "../../shared/gen/roomline/v1/lobby_pb.ts";
import { checkNames } from "../../shared/known-names.ts";
import { systemRandom } from "../../shared/random.ts";
import { resolveBackoff } from "../lifecycle/config.ts";
import { clientLimits } from "../limits.ts";
import { containLog, createReport } from "../containment.ts";
import { consoleLog } from "../log.ts";
import { joinModes } from "../session/messages.ts";
import { checkCaller } from "../calls/caller.ts";
import { callsBy, withNewToken } from "../calls/make-call.ts";
import type { CallDialer } from "../calls/call-dialer.ts";
import { KeptRooms } from "./kept-rooms.ts";
import type {
  Lobby,
  LobbyOptions,
  LobbyRoom,
  NewLobbyRoom,
  ReservedSeat,
  SeatRequest,
} from "./lobby-api.ts";
import {
  filterNames,
  handlerNames,
  lobbyOptionNames,
  newRoomNames,
  seatNames,
} from "./lobby-names.ts";
import {
  lobbyError,
  lobbyRoom,
  wireFilter,
  wireOptions,
  type WireFilter,
} from "./lobby-messages.ts";

const argument = { code: "invalid-argument" } as const;

/** Rooms asked for at a time. */
const pageSize = 500;

type LobbyCall<T> = (client: Client<typeof LobbyService>, options: CallOptions) => Promise<T>;

/** Creates a lobby over any way to the server. @throws RoomlineError `invalid-config` */
export function lobbyOver(dialer: CallDialer, options: LobbyOptions): Lobby {
  checkNames("createLobby", options, lobbyOptionNames);
  const { clock = createSystemClock(), random = systemRandom } = options;
  const backoff = resolveBackoff(options.backoff ?? {});
  checkCaller(options);
  const report = createReport(undefined, containLog(options.log ?? consoleLog));
  const route = { caller: options, dialer, clock };
  const makeCall = callsBy(route);

  /** Each call has a line of its own, so that nothing is held in between. */
  async function call<T>(make: LobbyCall<T>): Promise<T> {
    const once = () =>
      makeCall(({ transport, headers }) =>
        make(createClient(LobbyService, transport), {
          headers,
          timeoutMs: clientLimits.welcomeTimeoutMs,
        }),
      );
    try {
      return await withNewToken(once, options);
    } catch (thrown) {
      throw lobbyError(thrown);
    }
  }

  return {
    async listRooms(filter = {}, limit = 1_000) {
      checkNames("listRooms", filter, filterNames, argument);
      return call(listing(wireFilter(filter), limit));
    },
    watchRooms(filter, handlers) {
      checkNames("watchRooms", filter, filterNames, argument);
      checkNames("watchRooms", handlers, handlerNames, argument);
      const { onChange, onStatus } = handlers;
      return new KeptRooms({
        call: callsBy({ ...route, report }),
        clock,
        random,
        backoff,
        filter: wireFilter(filter),
        onChange,
        onStatus: (status, why) => onStatus?.(status, why),
        report,
      });
    },
    async createRoom(room) {
      checkNames("createRoom", room, newRoomNames, argument);
      return call(making(room));
    },
    async reserveSeat(request) {
      checkNames("reserveSeat", request, seatNames, argument);
      return call(reserving(request));
    },
  };
}

/** What JSON does not carry is refused before there is a call. */
function making({ options: given, ...room }: NewLobbyRoom): LobbyCall<LobbyRoom> {
  const wire = wireOptions(given);
  const request = { ...room, ...(wire !== undefined && { options: wire }) };
  return async (client, options) => lobbyRoom((await client.createRoom(request, options)).room);
}

function reserving({ options: given, mode, ...seat }: SeatRequest): LobbyCall<ReservedSeat> {
  const wire = wireOptions(given);
  const request = {
    ...seat,
    ...(mode !== undefined && { mode: joinModes[mode] }),
    ...(wire !== undefined && { options: wire }),
  };
  return async (client, options) => {
    const { roomId, reservation, expiresInMs } = await client.reserveSeat(request, options);
    return { roomId, reservation, expiresInMs };
  };
}

/** Page after page, over one line. */
function listing(filter: WireFilter, limit: number): LobbyCall<LobbyRoom[]> {
  return async (client, options) => {
    const found: LobbyRoom[] = [];
    const wanted = { filter, pageSize };
    let pageToken = "";
    do {
      const page = await client.listRooms({ ...wanted, pageToken }, options);
      found.push(...page.rooms.map(lobbyRoom));
      pageToken = page.nextPageToken;
    } while (pageToken !== "" && found.length < limit);
    return found.slice(0, limit);
  };
}
