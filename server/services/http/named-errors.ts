import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { RoomlineError, type RoomlineErrorCode } from "../../../shared/errors.ts";
import {
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
  "connection-closed": Code.NotFound,
  "room-full": Code.ResourceExhausted,
  "too-many-rooms": Code.ResourceExhausted,
  "too-many-sessions": Code.ResourceExhausted,
  "rate-limited": Code.ResourceExhausted,
  "room-locked": Code.FailedPrecondition,
  "invalid-reservation": Code.FailedPrecondition,
  "join-refused": Code.PermissionDenied,
  refused: Code.PermissionDenied,
  "watch-refused": Code.PermissionDenied,
  "watch-exists": Code.AlreadyExists,
  "too-many-watches": Code.ResourceExhausted,
  "room-exists": Code.AlreadyExists,
  "session-exists": Code.AlreadyExists,
  draining: Code.Unavailable,
};

/** The ConnectError of anything a service threw: a RoomlineError keeps its message, and its name as metadata. */
export function connectErrorOf(thrown: unknown): ConnectError {
  try {
    if (!(thrown instanceof RoomlineError)) return ConnectError.from(thrown);
    const { code, message, reason } = thrown;
    const metadata = {
      [errorNameHeader]: code,
      ...(reason !== "" && { [errorReasonHeader]: encodeDetail(reason) }),
    };
    return new ConnectError(message, statuses[code] ?? Code.Internal, metadata, [], thrown);
  } catch {
    // Users may throw what has no text, and what throws when it is looked at.
    return new ConnectError("Something that cannot be shown was thrown.", Code.Unknown);
  }
}

/** Gives the errors of all services their status and name. */
export const namedErrors: Interceptor = (next) => async (request) => {
  try {
    const response = await next(request);
    if (!response.stream) return response;
    return { ...response, message: named(response.message) };
  } catch (thrown) {
    throw connectErrorOf(thrown);
  }
};

async function* named<T>(messages: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* messages;
  } catch (thrown) {
    throw connectErrorOf(thrown);
  }
}
