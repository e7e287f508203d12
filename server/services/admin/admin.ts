import type { ConnectRouter, HandlerContext } from "@connectrpc/connect";
import { AdminService as Service } from "../../../shared/gen/roomline/v1/admin_pb.ts";
import { createActions } from "./actions.ts";
import type { AdminParts } from "./admin-parts.ts";
import { createLists } from "./lists.ts";
import { WatchPlaces } from "./watch-places.ts";
import { createWatchRoom } from "./watch-room.ts";
import { createWatchStats } from "./watch-stats.ts";

/** AdminService: looking into a server and acting on it (rules AD). */
export interface AdminService {
  /** Adds the service to a router. */
  routes(router: ConnectRouter): void;
  /** Open streams. */
  readonly watches: number;
}

/** Creates the {@link AdminService}. Every method of it is for operators alone (rule AD-1). */
export function createAdminService(parts: AdminParts): AdminService {
  const places = new WatchPlaces(parts.limits.adminWatchesMax);
  const lists = createLists(parts);
  const actions = createActions(parts);
  const watchStats = createWatchStats(parts, places);
  const watchRoom = createWatchRoom(parts, places);
  const guarded =
    <I, O>(method: (request: I, context: HandlerContext) => O) =>
    (request: I, context: HandlerContext): O => {
      parts.callers.requireAdmin(context);
      return method(request, context);
    };
  return {
    get watches() {
      return places.taken;
    },
    routes(router) {
      router.service(Service, {
        watchStats: guarded(watchStats),
        watchRoom: guarded(watchRoom),
        listConnections: guarded(lists.listConnections),
        listSessions: guarded(lists.listSessions),
        listRoomStats: guarded(lists.listRoomStats),
        publish: guarded(actions.publish),
        kickPlayer: guarded(actions.kickPlayer),
        closeConnection: guarded(actions.closeConnection),
        closeRoom: guarded(actions.closeRoom),
        drain: guarded(actions.drain),
      });
    },
  };
}
