/**
 * Every bound of the engine, with its unit in its name and its reason beside it. All can be set through the options of
 * the server; reaching one has a named outcome, given in docs/limits.md.
 */
export const defaultLimits = {
  // Connections
  /** Open connections; the next gets `capacity` (RESOURCE_EXHAUSTED). About 40 KB each when idle. */
  connectionsMax: 5_000,
  /** From the opened stream to its Hello. Long enough for a slow phone, short enough against idle openers. */
  helloTimeoutMs: 10_000,
  /** Without a frame from a client that owes one. A little over one heartbeat. */
  receiveTimeoutMs: 25_000,
  /** Without a completed write while one waits. */
  sendTimeoutMs: 15_000,
  heartbeatIntervalMs: 20_000,
  /** Without anything but heartbeats before the health checker probes. */
  inactivityMs: 120_000,
  healthCheckIntervalMs: 45_000,
  /** A probe that cannot be queued in this time evicts. */
  probeQueueTimeoutMs: 2_000,
  /** A probe that is not answered in this time evicts. */
  probeAnswerTimeoutMs: 10_000,
  /** The greatest age of a connection; 0 for none. */
  connectionLifetimeMs: 0,
  // Frames and buffers
  /** One frame from a client. Up to 5 MiB. */
  inboundFrameBytesMax: 65_536,
  /** A frame to a client is closed at this size; one message larger than it travels alone. */
  outboundFrameBytesMax: 65_536,
  /** Control messages waiting for one connection. Events and state never wait: they are pulled. */
  outboxBytesMax: 1_048_576,
  outboxMessagesMax: 512,
  /** Sustained bytes per second to one connection before its flushes are spaced. */
  pacingBytesPerSecond: 16_777_216,
  /** How long a paced flush is put off. */
  flowControlDelayMs: 100,
  // Sessions
  sessionsPerConnectionMax: 128,
  /** How long a seat is kept for a client that lost its connection. */
  resumeWindowMs: 120_000,
  /** Inputs the client may have unacknowledged. The room's queue holds as many, so a resume never overflows it. */
  unackedInputsMax: 256,
  /** Inputs with a reply outstanding; the session keeps twice as many replies for resending. */
  pendingRepliesMax: 64,
  inputsPerSecond: 60,
  inputsBurst: 120,
  /** All messages of one connection. */
  messagesPerSecond: 2_000,
  messagesBurst: 4_000,
  /** Delayed reads in a row after which a flooding connection is closed. */
  floodStrikesMax: 20,
  /** Ephemeral inputs per session and tick; the oldest is dropped. */
  ephemeralInputsMax: 32,
  // Rooms
  roomsMax: 10_000,
  roomLogEntriesMax: 1_024,
  roomLogBytesMax: 1_048_576,
  roomLogAgeMsMax: 120_000,
  /** Ephemeral messages a room keeps for players who are a moment behind. */
  ephemeralRingMax: 64,
  /** Removed rows a table remembers; who is further behind gets a snapshot. */
  tombstonesMax: 4_096,
  /** The longest an empty room lives. */
  emptyRoomDelayMs: 10_000,
  /** Steps a late tick loop catches up; the rest is dropped and reported. */
  catchUpStepsMax: 5,
  // HTTP/2
  streamsPerConnectionMax: 100,
  metadataBytesMax: 8_192,
  receiveWindowBytes: 1_048_576,
  pingIntervalMs: 30_000,
  pingTimeoutMs: 10_000,
  /** Clients that ping more often, three times in a row, get ENHANCE_YOUR_CALM. */
  clientPingIntervalMsMin: 15_000,
  // Reports and endings
  metricsReportIntervalMs: 60_000,
  drainTimeoutMs: 30_000,
} as const;

/** All limits, resolved. */
export type Limits = { readonly [Name in keyof typeof defaultLimits]: number };

/** The protocol version this code speaks (rule HS-2). */
export const protocolVersion = 1;
