import type { JsonObject } from "@bufbuild/protobuf";
import type { PlayedCall } from "./played-call.ts";

/** A call of a service. */
export interface ServiceCall {
  /** What it does, for people. One line. */
  readonly comment: string;
  /** "roomline.v1.LobbyService/ListRooms". */
  readonly method: string;
  readonly request: JsonObject;
  /** Whether it is for operators. */
  readonly isAdmin: boolean;
}

const modes = {
  join: "JOIN_MODE_JOIN",
  create: "JOIN_MODE_CREATE",
  "join-or-create": "JOIN_MODE_JOIN_OR_CREATE",
} as const;

/** What the services can do of a call: all but to sit in the room. */
export function serviceCalls({ join, clientId, publish }: PlayedCall): ServiceCall[] {
  const { roomType, roomId, mode } = join;
  const lobby = (method: string, comment: string, request: JsonObject): ServiceCall => ({
    comment,
    method: `roomline.v1.LobbyService/${method}`,
    request,
    isAdmin: false,
  });
  const where = {
    ...(roomId !== "" && { roomId }),
    ...(roomType !== "" && { roomType }),
  };
  const options = join.options === undefined ? {} : { options: join.options };
  const calls = [
    lobby("ListRooms", "The rooms there are.", {
      filter: roomType === "" ? {} : { roomType },
    }),
  ];
  if (mode !== "join" && roomType !== "")
    calls.push(
      lobby(
        "CreateRoom",
        roomId === "" ? "Makes a room." : "Makes the room; already_exists where it is there.",
        { ...where, ...options },
      ),
    );
  calls.push(
    lobby("ReserveSeat", "Holds a seat for 15 s, for who joins with the reservation.", {
      ...where,
      // The room has been made by now.
      mode: modes[mode === "create" ? "join" : mode],
      ...options,
      ...(clientId !== "" && { playerId: clientId }),
    }),
  );
  if (publish !== undefined)
    calls.push({
      comment: "Publishes an event, as an operator.",
      method: "roomline.v1.AdminService/Publish",
      request: { roomId, kind: publish.kind, json: publish.json },
      isAdmin: true,
    });
  return calls;
}

/** What travels in the header `client-id`; undefined: headers carry no such name. */
export function clientIdHeader({ clientId, hasToken }: PlayedCall): string | undefined {
  // Who has a token is named by it.
  return !hasToken && /^[!-~]+$/.test(clientId) ? clientId : undefined;
}
