import type { JsonValue } from "@bufbuild/protobuf";
import type { RoomTypeInfo } from "../../../shared/gen/roomline/v1/lobby_pb.ts";

/** What has been done on the page, to be done again by a program. */
export interface PlayedCall {
  /** Where the server is, as the page reaches it: "http://localhost:50051". */
  readonly url: string;
  /** The name the player gives itself; empty: none. */
  readonly clientId: string;
  /** Whether a token is needed. It is no part of the code, which reads it from the environment as ROOMLINE_TOKEN. */
  readonly hasToken: boolean;
  /** Whether operators need one, which the code reads as ROOMLINE_ADMIN_TOKEN. Default no: in dev mode, on the server's machine. */
  readonly hasAdminToken?: boolean;
  readonly join: {
    readonly roomType: string;
    /** Empty: any room of the type. */
    readonly roomId: string;
    readonly mode: "join" | "create" | "join-or-create";
    /** Undefined: none. */
    readonly options: JsonValue | undefined;
  };
  /** What the room type speaks. */
  readonly info: RoomTypeInfo;
  /** Undefined: no input is sent. */
  readonly input: PlayedPayload | undefined;
  /** An event that an operator publishes; undefined: none. */
  readonly publish?: PlayedPayload | undefined;
}

/** A payload of a kind. */
export interface PlayedPayload {
  /** `$presence` for what the player says of itself. */
  readonly kind: string;
  /** As `read` of its form gives it. */
  readonly json: JsonValue;
  /** As they travel: of JSON its text in UTF-8, of a message its encoding. For grpcurl alone, and empty without. */
  readonly bytes?: Uint8Array;
}

/** The languages in which a call can be written. */
export type CodeLanguage = "typescript" | "python" | "curl" | "grpcurl";
