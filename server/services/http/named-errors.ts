import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { closeReasons } from "../../../shared/close-reason.ts";
import { RoomlineError, type RoomlineErrorCode } from "../../../shared/errors.ts";
import {
  closeCodeTrailer,
  encodeDetail,
  errorNameHeader,
  errorReasonHeader,
} from "../../../shared/transport/grpc-names.ts";

/** The status a RoomlineError becomes; what is not here is a fault of the server. */
const statuses: Partial<Record<RoomlineErrorCode, Code>> = {
  "invalid-argument": Code.InvalidArgument,
  "invalid-payload": Code.InvalidArgument,
  "invalid-use": Code.InvalidArgument,
  "unknown-kind": Code.InvalidArgument,
  "unknown-room": Code.NotFound,
  "unknown-room-type": Code.NotFound,
  "unknown-session": Code.NotFound,
  "unknown-node": Code.NotFound,
  "connection-closed": Code.NotFound,
  "room-full": Code.ResourceExhausted,
  "too-many-rooms": Code.ResourceExhausted,
  "too-many-sessions": Code.ResourceExhausted,
  "rate-limited": Code.ResourceExhausted,
  "room-locked": Code.FailedPrecondition,
  "invalid-reservation": Code.FailedPrecondition,
  "contract-mismatch": Code.FailedPrecondition,
  "not-portable": Code.FailedPrecondition,
  "room-moved": Code.FailedPrecondition,
  "join-refused": Code.PermissionDenied,
  refused: Code.PermissionDenied,
  "watch-refused": Code.PermissionDenied,
  "watch-exists": Code.AlreadyExists,
  "too-many-watches": Code.ResourceExhausted,
  "room-exists": Code.AlreadyExists,
  "session-exists": Code.AlreadyExists,
  draining: Code.Unavailable,
  unavailable: Code.Unavailable,
  "token-expired": Code.Unauthenticated,
  "token-revoked": Code.Unauthenticated,
};

/**
 * The ConnectError of anything a service threw: a RoomlineError keeps its message, and its name as metadata. All others get
 * a name of their status: by it clients know that this server has said so, and nobody in between.
 */
export function connectErrorOf(thrown: unknown): ConnectError {
  try {
    if (!(thrown instanceof RoomlineError)) return named(ConnectError.from(thrown));
    const { code, message, reason } = thrown;
    const metadata = {
      [errorNameHeader]: code,
      // Asks for a new token (rule HS-9).
      ...(code === "token-expired" && {
        [closeCodeTrailer]: String(closeReasons.tokenExpired.code),
      }),
      ...(reason !== "" && { [errorReasonHeader]: encodeDetail(reason) }),
    };
    return new ConnectError(message, statuses[code] ?? Code.Internal, metadata, [], thrown);
  } catch {
    // Users may throw what has no text, and what throws when it is looked at.
    return named(new ConnectError("Something that cannot be shown was thrown.", Code.Unknown));
  }
}

function named(error: ConnectError): ConnectError {
  if (!error.metadata.has(errorNameHeader)) {
    const name = Code[error.code].replace(/\B[A-Z]/g, "-$&").toLowerCase();
    error.metadata.set(errorNameHeader, name);
  }
  return error;
}

/** Hears of a call that a service refused: the path of its method, and why. */
export type OnCallRefused = (method: string, error: RoomlineError) => void;

/** Gives the errors of all services their status and name, and tells of those that are refusals. */
export function nameErrors(onRefused?: OnCallRefused): Interceptor {
  return (next) => async (request) => {
    const errorOf = (thrown: unknown): ConnectError => {
      const error = connectErrorOf(thrown);
      if (error.cause instanceof RoomlineError) onRefused?.(pathOf(request), error.cause);
      return error;
    };
    try {
      const response = await next(request);
      if (!response.stream) return response;
      return { ...response, message: namedStream(response.message, errorOf) };
    } catch (thrown) {
      throw errorOf(thrown);
    }
  };
}

function pathOf({ service, method }: Parameters<ReturnType<Interceptor>>[0]): string {
  return `/${service.typeName}/${method.name}`;
}

async function* namedStream<T>(
  messages: AsyncIterable<T>,
  errorOf: (thrown: unknown) => ConnectError,
): AsyncGenerator<T> {
  try {
    yield* messages;
  } catch (thrown) {
    throw errorOf(thrown);
  }
}
