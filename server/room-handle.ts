import type { JsonValue } from "@bufbuild/protobuf";
import { RoomlineError } from "../shared/errors.ts";
import { jsonFault, jsonFaultText } from "../shared/json-fault.ts";
import { checkNames, type NamesOf } from "../shared/known-names.ts";
import type { Catalogue, PublishOrder, RoomLook, RoomStanding } from "./feed/catalogue.ts";

/** Which rooms {@link Server.rooms} gives. */
export interface RoomsQuery {
  /** Default: all types. */
  readonly roomType?: string;
  /** How many at most, 1 or more. Default 1,000. */
  readonly max?: number;
}

/** How much of a room {@link RoomHandle.look} shows. */
export interface LookOptions {
  /** Rows of each table, 0 or more. Default 200. */
  readonly rowsMax?: number;
  /** Of the newest events, 0 or more. Default 50. */
  readonly eventsMax?: number;
}

/**
 * A room from outside of it: for the program that runs the server. It holds nothing of the room, which may end or live
 * elsewhere: everything is asked of it anew, and rejects with `unknown-room` when there is no such room (any more).
 */
export interface RoomHandle {
  readonly roomId: string;
  /**
   * Publishes an event of the room's own, to all. Resolves to its cursor.
   *
   * Rejects with RoomlineError `unknown-kind`, `invalid-payload`, or `invalid-argument` for a payload that is not JSON.
   *
   * @param payload one JSON value, as ProtoJSON writes it for kinds that are protobuf; or the bytes of a protobuf message
   */
  publish(event: string, payload: unknown): Promise<number>;
  /**
   * Ends the seat of a player with `kicked`, not to rejoin.
   *
   * Rejects with RoomlineError `unknown-session` when the player has none there.
   */
  kick(playerId: string, message?: string): Promise<void>;
  /** Ends the room and all its seats with `room-closed`. */
  close(message?: string): Promise<void>;
  /** What there is to see: members, rows as JSON, the newest events. */
  look(options?: LookOptions): Promise<RoomLook>;
}

const queryNames: NamesOf<RoomsQuery> = { roomType: true, max: true };

const lookNames: NamesOf<LookOptions> = { rowsMax: true, eventsMax: true };

/** Creates a {@link RoomHandle}. */
export function createRoomHandle(catalogue: Pick<Catalogue, "ask">, roomId: string): RoomHandle {
  return {
    roomId,
    async publish(event, payload) {
      return catalogue.ask(roomId, { kind: "publish", event, payload: payloadOf(payload) });
    },
    async kick(playerId, message = "") {
      await catalogue.ask(roomId, { kind: "kick", playerId, message });
    },
    async close(message = "") {
      await catalogue.ask(roomId, { kind: "close", message });
    },
    async look(options = {}) {
      checkNames("look", options, lookNames, { code: "invalid-argument" });
      const { rowsMax = 200, eventsMax = 50 } = options;
      // Without a signature of a look before, nothing is the same.
      return (await catalogue.ask(roomId, {
        ...{ kind: "look", rowsMax, eventsMax },
        unless: "",
      })) as RoomLook;
    },
  };
}

/** The rooms there are, oldest first. */
export async function roomsOf(
  catalogue: Pick<Catalogue, "standings">,
  which: RoomsQuery = {},
): Promise<readonly RoomStanding[]> {
  checkNames("rooms", which, queryNames, { code: "invalid-argument" });
  const { roomType = "", max = 1_000 } = which;
  const { rooms } = await catalogue.standings({ roomType, max, order: "age" });
  return rooms;
}

/** @throws RoomlineError `invalid-argument` */
function payloadOf(payload: unknown): PublishOrder["payload"] {
  if (payload instanceof Uint8Array) return { codec: "binary", bytes: payload };
  const fault = jsonFault(payload, "payload");
  if (fault === undefined) return { codec: "json", json: payload as JsonValue };
  throw new RoomlineError("invalid-argument", `publish: ${jsonFaultText(fault)}.`);
}
