import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { RoomlineError, type RoomlineErrorCode } from "../../../shared/errors.ts";
import { errorNameHeader } from "../../../shared/transport/grpc-names.ts";

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
    const code = statuses[thrown.code] ?? Code.Internal;
    return new ConnectError(thrown.message, code, { [errorNameHeader]: thrown.code }, [], thrown);
  } catch {
    // Users may throw what has no text, and what throws when it is looked at.
    return new ConnectError("Something that cannot be shown was thrown.", Code.Unknown);
  }
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
      return { ...response, message: named(response.message, errorOf) };
    } catch (thrown) {
      throw errorOf(thrown);
    }
  };
}

function pathOf({ service, method }: Parameters<ReturnType<Interceptor>>[0]): string {
  return `/${service.typeName}/${method.name}`;
}

async function* named<T>(
  messages: AsyncIterable<T>,
  errorOf: (thrown: unknown) => ConnectError,
): AsyncGenerator<T> {
  try {
    yield* messages;
  } catch (thrown) {
    throw errorOf(thrown);
  }
}
