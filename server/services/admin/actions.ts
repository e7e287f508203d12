import { toJson } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import type { HandlerContext } from "@connectrpc/connect";
import { closeReasons } from "../../../shared/close-reason.ts";
import { RoomlineError } from "../../../shared/errors.ts";
import type {
  CloseConnectionRequest,
  CloseRoomRequest,
  DrainRequest,
  KickPlayerRequest,
  PublishRequest,
} from "../../../shared/gen/roomline/v1/admin_pb.ts";
import type { PublishOrder } from "../../feed/catalogue.ts";
import type { JournalFacts } from "../../observe/journal.ts";
import { peerKey } from "../http/caller.ts";
import type { Connection } from "../../connection/connection.ts";
import type { AdminParts } from "./admin-parts.ts";

/** Creates the methods by which an operator acts. Each is in the journal and the log before it takes effect. */
export function createActions({ engine, log, limits, drain }: AdminParts) {
  const record = (context: HandlerContext, detail: string, facts: JournalFacts = {}) => {
    engine.journal.add("admin", { ...facts, detail });
    log.info({ ...facts, operator: context.values.get(peerKey)?.address }, `operator: ${detail}`);
  };
  return {
    publish: async ({ roomId, kind, payload }: PublishRequest, context: HandlerContext) => {
      const order = { kind: "publish", event: kind, payload: readPayload(payload) } as const;
      await engine.catalogue.ask(roomId, { ...order, isTrial: true });
      record(context, `publish ${kind}`, { roomId });
      return { cursor: BigInt(await engine.catalogue.ask(roomId, order)) };
    },
    kickPlayer: async (
      { roomId, playerId, message }: KickPlayerRequest,
      context: HandlerContext,
    ) => {
      const order = { kind: "kick", playerId, message } as const;
      await engine.catalogue.ask(roomId, { ...order, isTrial: true });
      record(context, withMessage("kick", message), { roomId, clientId: playerId });
      await engine.catalogue.ask(roomId, order);
      return {};
    },
    closeConnection: (request: CloseConnectionRequest, context: HandlerContext) => {
      const { connectionId, forbid, message } = request;
      const connection = connectionOf(engine.connections, connectionId);
      const reason = forbid ? closeReasons.forbidden : closeReasons.draining;
      record(context, withMessage(`close connection, ${reason.name}`, message), {
        connectionId,
        clientId: connection.clientId,
      });
      connection.close(reason, message);
      return {};
    },
    closeRoom: async ({ roomId, message }: CloseRoomRequest, context: HandlerContext) => {
      const order = { kind: "close", message } as const;
      await engine.catalogue.ask(roomId, { ...order, isTrial: true });
      record(context, withMessage("close room", message), { roomId });
      await engine.catalogue.ask(roomId, order);
      return {};
    },
    drain: ({ withinMs }: DrainRequest, context: HandlerContext) => {
      const ms = withinMs === 0 ? limits.drainTimeoutMs : withinMs;
      record(context, `drain within ${ms} ms`);
      drain(ms);
      return {};
    },
  };
}

/** The open connection with this id. @throws RoomlineError `connection-closed` */
function connectionOf(connections: Iterable<Connection>, connectionId: string): Connection {
  for (const connection of connections) {
    if (connection.id === connectionId && connection.status !== "dead") return connection;
  }
  throw new RoomlineError("connection-closed", `There is no connection "${connectionId}".`);
}

function withMessage(action: string, message: string): string {
  return message === "" ? action : `${action}: ${message}`;
}

/** @throws RoomlineError `invalid-argument` */
function readPayload(payload: PublishRequest["payload"]): PublishOrder["payload"] {
  switch (payload.case) {
    case "json":
      return { codec: "json", json: toJson(ValueSchema, payload.value) };
    case "binary":
      return { codec: "binary", bytes: payload.value };
    case undefined:
      throw new RoomlineError("invalid-argument", "Give a payload: json or binary.");
  }
}
