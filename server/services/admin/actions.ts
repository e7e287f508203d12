import type { HandlerContext } from "@connectrpc/connect";
import { closeReasons } from "../../../shared/close-reason.ts";
import type { Kind } from "../../../shared/contract/contract-table.ts";
import { isJsonType } from "../../../shared/contract/payload-type.ts";
import { RoomlineError } from "../../../shared/errors.ts";
import type {
  CloseConnectionRequest,
  CloseRoomRequest,
  DrainRequest,
  KickPlayerRequest,
  PublishRequest,
} from "../../../shared/gen/roomline/v1/admin_pb.ts";
import type { JournalFacts } from "../../observe/journal.ts";
import { peerKey } from "../http/caller.ts";
import type { AdminParts } from "./admin-parts.ts";
import { connectionOf, roomOf } from "./find.ts";
import { payloadOfJson } from "./payload-json.ts";

/** Creates the methods by which an operator acts. Each is in the journal and the log before it takes effect. */
export function createActions({ engine, log, limits, drain }: AdminParts) {
  const record = (context: HandlerContext, detail: string, facts: JournalFacts = {}) => {
    engine.journal.add("admin", { ...facts, detail });
    log.info({ ...facts, operator: context.values.get(peerKey)?.address }, `operator: ${detail}`);
  };
  return {
    publish: ({ roomId, kind: name, payload }: PublishRequest, context: HandlerContext) => {
      const room = roomOf(engine, roomId);
      const kind = room.config.contract.events.byName.get(name);
      if (kind === undefined) {
        const known = [...room.config.contract.events.byName.keys()].join(", ");
        throw new RoomlineError(
          "unknown-kind",
          `Room type "${room.roomType}" has no event "${name}". It has: ${known === "" ? "none" : known}.`,
        );
      }
      const value = readPayload(kind, payload);
      record(context, `publish ${name}`, { roomId });
      return { cursor: BigInt(room.context.publish(name, value)) };
    },
    kickPlayer: ({ roomId, playerId, message }: KickPlayerRequest, context: HandlerContext) => {
      const room = roomOf(engine, roomId);
      if (!room.context.players.has(playerId)) {
        throw new RoomlineError(
          "unknown-session",
          `There is no player "${playerId}" in room "${roomId}".`,
        );
      }
      record(context, withMessage("kick", message), { roomId, clientId: playerId });
      room.expel(playerId, closeReasons.kicked, message);
      return {};
    },
    closeConnection: (request: CloseConnectionRequest, context: HandlerContext) => {
      const { connectionId, forbid, message } = request;
      const connection = connectionOf(engine, connectionId);
      const reason = forbid ? closeReasons.forbidden : closeReasons.draining;
      record(context, withMessage(`close connection, ${reason.name}`, message), {
        connectionId,
        clientId: connection.clientId,
      });
      connection.close(reason, message);
      return {};
    },
    closeRoom: ({ roomId, message }: CloseRoomRequest, context: HandlerContext) => {
      const room = roomOf(engine, roomId);
      record(context, withMessage("close room", message), { roomId });
      room.close(closeReasons.roomClosed, message);
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

function withMessage(action: string, message: string): string {
  return message === "" ? action : `${action}: ${message}`;
}

/** @throws RoomlineError `invalid-payload`, `invalid-argument` */
function readPayload(kind: Kind, payload: PublishRequest["payload"]): unknown {
  switch (payload.case) {
    case "json":
      return payloadOfJson(kind.type, payload.value);
    case "binary":
      if (!isJsonType(kind.type)) return kind.decode(payload.value);
      throw new RoomlineError("invalid-argument", `Event "${kind.name}" is JSON: give it as json.`);
    case undefined:
      throw new RoomlineError("invalid-argument", "Give a payload: json or binary.");
  }
}
