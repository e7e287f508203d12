/** What a client does about a close: come back and resume, come back and join anew, or stay away. */
export type CloseAction = "resume" | "rejoin" | "stop";

/** One row of the table of close reasons (rules CL). */
export interface CloseReason {
  /** The name in logs, metrics and errors. */
  readonly name: string;
  /** The number on the wire. 4000 to 4499 come back, 4500 and up stay away; also the WebSocket close code. */
  readonly code: number;
  readonly action: CloseAction;
  /** The gRPC status code a stream ends with. */
  readonly grpcStatus: number;
  /** One sentence for people. */
  readonly meaning: string;
}

const grpc = {
  ok: 0,
  invalidArgument: 3,
  deadlineExceeded: 4,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

const row = (
  name: string,
  code: number,
  action: CloseAction,
  grpcStatus: number,
  meaning: string,
): CloseReason => ({ name, code, action, grpcStatus, meaning });

/** Why connections and sessions end: the one table (rules CL). */
export const closeReasons = {
  // Connections: come back and resume.
  connectionLost: row(
    "connection-lost",
    4000,
    "resume",
    grpc.unavailable,
    "The network connection broke.",
  ),
  draining: row(
    "draining",
    4001,
    "resume",
    grpc.unavailable,
    "The server is going down or moving its players.",
  ),
  helloTimeout: row(
    "hello-timeout",
    4002,
    "resume",
    grpc.deadlineExceeded,
    "No Hello came within the hello timeout.",
  ),
  receiveTimeout: row(
    "receive-timeout",
    4003,
    "resume",
    grpc.deadlineExceeded,
    "The client owed a frame and sent none within the receive timeout.",
  ),
  slowConsumer: row(
    "slow-consumer",
    4004,
    "resume",
    grpc.resourceExhausted,
    "Nothing could be written to the client within the send timeout.",
  ),
  flood: row(
    "flood",
    4005,
    "resume",
    grpc.resourceExhausted,
    "The client kept sending more than its rate allows.",
  ),
  healthCheckFailed: row(
    "health-check-failed",
    4006,
    "resume",
    grpc.unavailable,
    "A health check was not answered.",
  ),
  capacity: row(
    "capacity",
    4007,
    "resume",
    grpc.resourceExhausted,
    "The server holds as many connections as it may.",
  ),
  lifetime: row(
    "lifetime",
    4008,
    "resume",
    grpc.unavailable,
    "The connection reached its greatest age.",
  ),
  internalError: row(
    "internal-error",
    4009,
    "resume",
    grpc.internal,
    "The server failed; this is its fault.",
  ),
  livenessTimeout: row(
    "liveness-timeout",
    4010,
    "resume",
    grpc.unavailable,
    "The server was silent for too long.",
  ),
  authUnavailable: row(
    "auth-unavailable",
    4011,
    "resume",
    grpc.unavailable,
    "Who the client is cannot be found out now.",
  ),
  tokenExpired: row(
    "token-expired",
    4012,
    "resume",
    grpc.unauthenticated,
    "The token is over: come back with a new one.",
  ),
  // Sessions: the seat is lost, joining anew is welcome.
  roomClosed: row("room-closed", 4200, "rejoin", grpc.ok, "The room was closed."),
  sessionExpired: row(
    "session-expired",
    4201,
    "rejoin",
    grpc.ok,
    "The client did not come back within the resume window.",
  ),
  notResumed: row(
    "not-resumed",
    4202,
    "rejoin",
    grpc.ok,
    "The client came back without naming this session.",
  ),
  roomFailed: row(
    "room-failed",
    4203,
    "rejoin",
    grpc.internal,
    "The room's code failed and its policy is to close.",
  ),
  roomLost: row(
    "room-lost",
    4204,
    "rejoin",
    grpc.unavailable,
    "The process where the room lived is gone, and the room with it.",
  ),
  // Connections: stay away.
  clientClosed: row("client-closed", 4500, "stop", grpc.ok, "The client said goodbye."),
  superseded: row(
    "superseded",
    4501,
    "stop",
    grpc.aborted,
    "A newer connection with this clientId took over; a second player or tab needs one of its own.",
  ),
  unauthenticated: row(
    "unauthenticated",
    4502,
    "stop",
    grpc.unauthenticated,
    "The token is missing, wrong or expired.",
  ),
  clientIdInUse: row(
    "client-id-in-use",
    4503,
    "stop",
    grpc.alreadyExists,
    "Another live connection has this client id.",
  ),
  unsupportedVersion: row(
    "unsupported-version",
    4504,
    "stop",
    grpc.failedPrecondition,
    "The server does not speak this protocol version.",
  ),
  protocolError: row(
    "protocol-error",
    4505,
    "stop",
    grpc.invalidArgument,
    "The client sent what the protocol does not allow.",
  ),
  frameTooLarge: row(
    "frame-too-large",
    4506,
    "stop",
    grpc.resourceExhausted,
    "A frame was larger than allowed.",
  ),
  forbidden: row(
    "forbidden",
    4507,
    "stop",
    grpc.permissionDenied,
    "The client was turned away by an operator.",
  ),
  // Sessions: stay away.
  left: row("left", 4600, "stop", grpc.ok, "The player left."),
  kicked: row("kicked", 4601, "stop", grpc.ok, "The room removed the player."),
} as const satisfies Record<string, CloseReason>;

const byCode = new Map<number, CloseReason>(
  Object.values(closeReasons).map((reason) => [reason.code, reason]),
);

/** The reason with this code. An unknown code keeps the meaning of its range, so new reasons need no new client. */
export function closeReasonOf(code: number): CloseReason {
  const known = byCode.get(code);
  if (known !== undefined) return known;
  const action = code >= 4500 ? "stop" : code >= 4200 ? "rejoin" : "resume";
  return row(
    `close-${code}`,
    code,
    action,
    grpc.unavailable,
    "A reason this version does not know.",
  );
}
