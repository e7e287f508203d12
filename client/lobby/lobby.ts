import { createClient, type CallOptions, type Client } from "@connectrpc/connect";
import { createSystemClock } from "../../shared/clock.ts";
import { LobbyService } from "../../shared/gen/roomline/v1/lobby_pb.ts";
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
import type { Lobby, LobbyOptions, LobbyRoom } from "./lobby-api.ts";
import { lobbyError, lobbyRoom, wireFilter, wireValue, type WireFilter } from "./lobby-messages.ts";

/** Rooms asked for at a time. */
const pageSize = 500;

type LobbyCall<T> = (client: Client<typeof LobbyService>, options: CallOptions) => Promise<T>;

/** Creates a lobby over any way to the server. @throws RoomlineError `invalid-config` */
export function lobbyOver(dialer: CallDialer, options: LobbyOptions): Lobby {
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
    listRooms: async (filter = {}, limit = 1_000) => call(listing(wireFilter(filter), limit)),
    watchRooms: (filter, { onChange, onStatus }) =>
      new KeptRooms({
        call: callsBy({ ...route, report }),
        clock,
        random,
        backoff,
        filter: wireFilter(filter),
        onChange,
        onStatus: (status, why) => onStatus?.(status, why),
        report,
      }),
    createRoom: async ({ options: given, ...room }) => {
      const wire = wireValue(given, "options");
      const request = { ...room, ...(wire !== undefined && { options: wire }) };
      return call(async (client, callOptions) =>
        lobbyRoom((await client.createRoom(request, callOptions)).room),
      );
    },
    reserveSeat: async ({ options: given, mode, ...seat }) => {
      const wire = wireValue(given, "options");
      const request = {
        ...seat,
        ...(mode !== undefined && { mode: joinModes[mode] }),
        ...(wire !== undefined && { options: wire }),
      };
      return call(async (client, callOptions) => {
        const { roomId, reservation, expiresInMs } = await client.reserveSeat(request, callOptions);
        return { roomId, reservation, expiresInMs };
      });
    },
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
