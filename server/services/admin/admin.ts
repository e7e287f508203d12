import type { ConnectRouter, HandlerContext } from "@connectrpc/connect";
import { AdminService as Service } from "../../../shared/gen/roomline/v1/admin_pb.ts";
import type { OperatorAnswers } from "../../nodes/node-calls.ts";
import { peerKey } from "../http/caller.ts";
import { createActions, type Actor } from "./actions.ts";
import type { AdminParts } from "./admin-parts.ts";
import { createRecordingCalls } from "./recording-calls.ts";
import { createLists } from "./lists.ts";
import { createOperatorAnswers } from "./operator-answers.ts";
import { createOwnNode } from "./own-node.ts";
import { ServedRecordings } from "./served-recordings.ts";
import { ServedStats } from "./served-stats.ts";
import { WatchPlaces } from "./watch-places.ts";
import { createWatchRoom } from "./watch-room.ts";
import { createWatchStats } from "./watch-stats.ts";

/** AdminService: looking into a server and acting on it (rules AD). */
export interface AdminService {
  /** Adds the service to a router. */
  routes(router: ConnectRouter): void;
  /** Open streams. */
  readonly watches: number;
  /** What it answers to the other nodes, for this one. */
  readonly answers: OperatorAnswers;
  /** What it measures for watchers at other nodes, and recordings that it gives to those. */
  readonly served: number;
  /** Does no more for other nodes. */
  stop(): void;
}

/** Creates the {@link AdminService}. Every method of it is for operators alone, and those that act for some of them (rule AD-1). */
export function createAdminService(parts: AdminParts): AdminService {
  const places = new WatchPlaces(parts.limits.adminWatchesMax);
  const own = createOwnNode(parts);
  const served = { stats: new ServedStats(parts), recordings: new ServedRecordings(parts) };
  const lists = createLists(parts, own);
  const actions = createActions(parts, own);
  const recordings = createRecordingCalls(parts, places);
  const watchStats = createWatchStats(parts, places);
  const watchRoom = createWatchRoom(parts, places);
  const { callers } = parts;
  const reading =
    <I, O>(method: (request: I, context: HandlerContext) => O) =>
    (request: I, context: HandlerContext): O => {
      callers.requireAdmin(context, "read");
      return method(request, context);
    };
  const acting =
    <I, O>(method: (request: I, by: Actor, context: HandlerContext) => O) =>
    (request: I, context: HandlerContext): O => {
      const { name: operator } = callers.requireAdmin(context, "operate");
      const address = context.values.get(peerKey)?.address ?? "";
      return method(request, { operator, address }, context);
    };
  return {
    get watches() {
      return places.taken;
    },
    answers: createOperatorAnswers(parts, own, served),
    get served() {
      return served.stats.size + served.recordings.size;
    },
    stop() {
      served.stats.stop();
      served.recordings.stop();
    },
    routes(router) {
      router.service(Service, {
        watchStats: reading(watchStats),
        watchRoom: reading(watchRoom),
        listConnections: reading(lists.listConnections),
        listSessions: reading(lists.listSessions),
        listRoomStats: reading(lists.listRoomStats),
        describeRoomTypes: reading(({ roomType }) => ({
          roomTypes: [...parts.engine.catalogue.types(roomType)],
        })),
        listRecordings: reading(recordings.listRecordings),
        downloadRecording: acting(recordings.downloadRecording),
        publish: acting(actions.publish),
        kickPlayer: acting(actions.kickPlayer),
        closeConnection: acting(actions.closeConnection),
        revokeClient: acting(actions.revokeClient),
        closeRoom: acting(actions.closeRoom),
        moveRoom: acting(actions.moveRoom),
        drain: acting(actions.drain),
        restart: acting(actions.restart),
      });
    },
  };
}
