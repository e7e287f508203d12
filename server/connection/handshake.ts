import { fromBinary } from "@bufbuild/protobuf";
import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { ClientMessageSchema, type Hello } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { isName } from "../../shared/ids.ts";
import { protocolVersion, type Limits } from "../../shared/limits.ts";
import { startPosition } from "../../shared/position.ts";
import type { PeerInfo } from "../../shared/transport/transport.ts";
import { WireReader } from "../../shared/wire/wire-reader.ts";
import type { AttachRequest } from "../session/session-manager.ts";
import { positionOf } from "../session/verdict.ts";
import { credentialsOf, type Credentials, type Identity } from "./authenticate.ts";

/** Why a handshake fails. */
export interface HandshakeFailure {
  readonly kind: "closed";
  readonly reason: CloseReason;
  readonly detail: string;
}

/** What the first frame of a connection came to. */
export type HandshakeBegin =
  | HandshakeFailure
  | {
      readonly kind: "hello";
      readonly hello: Hello;
      readonly credentials: Credentials;
      /** What the frame holds after Hello: a frame of its own (rule FR-1). */
      readonly rest: Uint8Array;
    };

const failure = (reason: CloseReason, detail: string): HandshakeFailure => ({
  kind: "closed",
  reason,
  detail,
});

const frameTag = 0x0a;

/** Reads the first frame: Hello of a version we speak, then perhaps more (rules HS-1, HS-2). Throws on malformed bytes. */
export function beginHandshake(frame: Uint8Array, peer: PeerInfo): HandshakeBegin {
  const reader = new WireReader(frame);
  if (frame.length === 0 || reader.varint() !== frameTag) return notHello();
  const bytes = reader.delimited();
  let message;
  try {
    message = fromBinary(ClientMessageSchema, bytes);
  } catch (cause) {
    throw RoomlineError.from(cause, "malformed-frame");
  }
  if (message.body.case !== "hello") return notHello();
  const hello = message.body.value;
  if (hello.protocolVersion !== protocolVersion) {
    return failure(
      closeReasons.unsupportedVersion,
      `This server speaks version ${protocolVersion}, the client version ${hello.protocolVersion}.`,
    );
  }
  const rest = reader.view(reader.pos, frame.length);
  return { kind: "hello", hello, credentials: credentialsOf(hello, peer), rest };
}

function notHello(): HandshakeFailure {
  return failure(closeReasons.protocolError, "The first message has to be Hello.");
}

/** Checks who came and what it wants to resume (rules HS-3, HS-6). */
export function checkIdentity(
  identity: Identity,
  hello: Hello,
  limits: Limits,
): HandshakeFailure | undefined {
  // Whatever its type says, this comes from user code.
  const clientId = (identity as Partial<Identity> | undefined)?.clientId ?? "";
  if (typeof clientId !== "string" || !isName(clientId)) {
    return failure(
      closeReasons.unauthenticated,
      clientId === ""
        ? "It gave no client id: give connect() a clientId, or name it in Hello or the metadata client-id."
        : "A client id has 1 to 128 characters and no control characters.",
    );
  }
  if (hello.sessions.length > limits.sessionsPerConnectionMax) {
    return failure(closeReasons.protocolError, "Hello names more sessions than a client may have.");
  }
  return undefined;
}

/** Where the client stands in the sessions it resumes. */
export function positionsOf(hello: Hello): AttachRequest["positions"] {
  return hello.sessions.map(({ sessionId, position }) => ({
    sessionId,
    position: position === undefined ? startPosition : positionOf(position),
  }));
}
