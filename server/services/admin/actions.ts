import { toJson } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import { RoomlineError } from "../../../shared/errors.ts";
import type {
  CloseConnectionRequest,
  CloseRoomRequest,
  DrainRequest,
  KickPlayerRequest,
  MoveRoomRequest,
  PublishRequest,
  RestartRequest,
  RevokeClientRequest,
} from "../../../shared/gen/roomline/v1/admin_pb.ts";
import { isName } from "../../../shared/ids.ts";
import type { PublishOrder } from "../../feed/catalogue.ts";
import type { JournalFacts } from "../../observe/journal.ts";
import type { AdminParts } from "./admin-parts.ts";
import { createConnectionEnds } from "./connection-ends.ts";
import type { OwnNode } from "./own-node.ts";

/** Who acts. */
export interface Actor {
  /** The name of the operator. */
  readonly operator: string;
  /** Where it calls from. */
  readonly address: string;
}

/** Creates the methods by which an operator acts. Each is in the journal and the log before it takes effect. */
export function createActions(parts: AdminParts, own: OwnNode) {
  const { engine, log, limits } = parts;
  const connections = createConnectionEnds(parts, own);
  const record = (by: Actor, detail: string, facts: JournalFacts = {}) => {
    engine.journal.add("admin", { ...facts, operator: by.operator, detail });
    log.info({ ...facts, ...by }, `operator: ${detail}`);
  };
  return {
    publish: async ({ roomId, kind, payload }: PublishRequest, by: Actor) => {
      const order = { kind: "publish", event: kind, payload: readPayload(payload) } as const;
      await engine.catalogue.ask(roomId, { ...order, isTrial: true });
      record(by, `publish ${kind}`, { roomId });
      return { cursor: BigInt(await engine.catalogue.ask(roomId, order)) };
    },
    kickPlayer: async ({ roomId, playerId, message }: KickPlayerRequest, by: Actor) => {
      const order = { kind: "kick", playerId, message } as const;
      await engine.catalogue.ask(roomId, { ...order, isTrial: true });
      record(by, withMessage("kick", message), { roomId, clientId: playerId });
      await engine.catalogue.ask(roomId, order);
      return {};
    },
    closeConnection: async (request: CloseConnectionRequest, by: Actor) => {
      const { connectionId, forbid, message } = request;
      const found = await connections.find(connectionId);
      const reason = forbid ? "forbidden" : "draining";
      record(by, withMessage(`close connection, ${reason}`, message), {
        connectionId,
        clientId: found.clientId,
      });
      await found.close({ connectionId, forbid, message });
      return {};
    },
    revokeClient: async ({ clientId, message, forMs }: RevokeClientRequest, by: Actor) => {
      if (!isName(clientId)) throw new RoomlineError("invalid-argument", "Give a client_id.");
      record(by, withMessage("revoke client", message), { clientId });
      const ms = forMs === 0 ? limits.revocationMs : forMs;
      const done = await engine.revokeEverywhere(clientId, { message, forMs: ms });
      return { connections: done.connections, missing: [...done.missing] };
    },
    closeRoom: async ({ roomId, message }: CloseRoomRequest, by: Actor) => {
      const order = { kind: "close", message } as const;
      await engine.catalogue.ask(roomId, { ...order, isTrial: true });
      record(by, withMessage("close room", message), { roomId });
      await engine.catalogue.ask(roomId, order);
      return {};
    },
    moveRoom: async ({ roomId, node }: MoveRoomRequest, by: Actor) => {
      if (parts.moveRoom === undefined)
        throw new RoomlineError(
          "invalid-argument",
          "This server is one process: only between the nodes of one with --workers do rooms move.",
        );
      await engine.catalogue.ask(roomId, { kind: "close", message: "", isTrial: true });
      record(by, `move room to ${node}`, { roomId });
      await parts.moveRoom(roomId, node);
      return {};
    },
    ...createEnds(parts, record),
  };
}

type Record = (by: Actor, detail: string, facts?: JournalFacts) => void;

/** The methods by which all of the server ends, or begins anew. */
function createEnds({ limits, drain, restart }: AdminParts, record: Record) {
  return {
    drain: ({ withinMs }: DrainRequest, by: Actor) => {
      const ms = withinMs === 0 ? limits.drainTimeoutMs : withinMs;
      record(by, `drain within ${ms} ms`);
      drain(ms);
      return {};
    },
    restart: ({ withinMs }: RestartRequest, by: Actor) => {
      if (restart === undefined)
        throw new RoomlineError(
          "invalid-argument",
          "This server is one process: only one with --workers can replace them one after the other.",
        );
      const ms = withinMs === 0 ? limits.drainTimeoutMs : withinMs;
      record(by, `restart within ${ms} ms each`);
      restart(ms);
      return {};
    },
  };
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
