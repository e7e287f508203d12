/**
 * Every bound of the engine, with its unit in its name and its reason beside it. All can be set through the options of
 * the server; reaching one has a named outcome, given in docs/limits.md.
 */
export const defaultLimits = {
  // Connections
  /** Open connections; the next gets `capacity` (RESOURCE_EXHAUSTED). */
  connectionsMax: 5_000,
  /** From the opened stream to its Hello. Long enough for a slow phone, short enough against idle openers. */
  helloTimeoutMs: 10_000,
  /** Without a frame from a client that owes one. A little over one heartbeat. */
  receiveTimeoutMs: 25_000,
  /** Without a completed write while one waits. */
  sendTimeoutMs: 15_000,
  /** Silence in either direction. Well below the 30 s and more after which home routers forget a connection. */
  heartbeatIntervalMs: 20_000,
  /** Without anything but heartbeats before the health checker probes. */
  inactivityMs: 120_000,
  /** How often the health checker looks at all connections. */
  healthCheckIntervalMs: 45_000,
  /** A probe that cannot be queued in this time evicts. */
  probeQueueTimeoutMs: 2_000,
  /** A probe that is not answered in this time evicts. */
  probeAnswerTimeoutMs: 10_000,
  /** The greatest age of a connection; 0 for none. */
  connectionLifetimeMs: 0,
  // One address
  /** Sockets of one address, and connections through a trusted proxy. Enough for a school, and leaves a fifth to others. */
  connectionsPerAddressMax: 4_000,
  /** New sockets of one address: all players of a server may come back at once through the router of an office. */
  connectsPerAddressPerSecond: 1_000,
  connectsPerAddressBurst: 5_000,
  /** Requests of one address to services and pages. A browser that opens a page sends some twenty. */
  requestsPerAddressPerSecond: 500,
  requestsPerAddressBurst: 1_000,
  /** Addresses, and callers, whose rates are remembered. */
  addressesMax: 10_000,
  // Frames and buffers
  /** One frame from a client. Up to 5 MiB. */
  inboundFrameBytesMax: 65_536,
  /** A frame to a client is closed at this size; one message larger than it travels alone. */
  outboundFrameBytesMax: 65_536,
  /** An event or reply of a room, or one row. Less than the 4 MiB that gRPC clients take of one message by default. */
  messageBytesMax: 4_000_000,
  /** A state that is larger goes in parts. */
  statePartBytesMax: 1_048_576,
  /** Replies that wait for one connection until they are read, in bytes: any two of the largest. */
  heldReplyBytesMax: 8_388_608,
  /** Control messages waiting for one connection. Events and state never wait: they are pulled. */
  outboxBytesMax: 1_048_576,
  /** Control messages waiting for one connection, by count. */
  outboxMessagesMax: 512,
  /** Sustained bytes per second to one connection before its flushes are spaced. */
  pacingBytesPerSecond: 16_777_216,
  /** How long a paced flush is put off. */
  flowControlDelayMs: 100,
  /**
   * Frames of one connection, whatever they hold: ten times what a busy player sends. A KiB counts as a frame, a frame that
   * a library reads as 4, the head of a HTTP/2 request as 32.
   */
  framesPerSecond: 20_000,
  /** Frames of one connection at once. */
  framesBurst: 20_000,
  // Sessions
  /** Rooms one player is in at a time. A bot that wants more opens another connection. */
  sessionsPerConnectionMax: 128,
  /** How long a seat is kept for a client that lost its connection. */
  resumeWindowMs: 120_000,
  /** Inputs the client may have unacknowledged. The room's queue holds as many, so a resume never overflows it. */
  unackedInputsMax: 256,
  /** Inputs with a reply outstanding; the session keeps twice as many replies for resending. */
  pendingRepliesMax: 64,
  /** Sustained inputs of one session: three times what a game at 20 Hz sends. */
  inputsPerSecond: 60,
  /** Inputs of one session at once: what a player kept through a few seconds without a connection. */
  inputsBurst: 120,
  /** All messages of one connection; a Join counts as 30. */
  messagesPerSecond: 2_000,
  /** Messages of one connection at once: a resume of all its sessions. */
  messagesBurst: 4_000,
  /** Delayed reads in a row after which a flooding connection is closed. */
  floodStrikesMax: 20,
  /** Ephemeral inputs per session and tick; the oldest is dropped. */
  ephemeralInputsMax: 32,
  // Rooms
  /** Rooms of one server that are in memory. */
  roomsMax: 10_000,
  /** Rooms that sleep: of each a name and what lists show are in memory. */
  roomsAsleepMax: 100_000,
  /** Events a room keeps: what a player may miss without a Gap. */
  roomLogEntriesMax: 1_024,
  /** Bytes of events a room keeps. Memory is bounded by rooms, not by slow players. */
  roomLogBytesMax: 1_048_576,
  /** How long a room keeps an event: as long as it waits for a player to come back. */
  roomLogAgeMsMax: 120_000,
  /** Ephemeral messages a room keeps for players who are a moment behind. */
  ephemeralRingMax: 64,
  /** Removed rows a table remembers; who is further behind gets a snapshot. */
  tombstonesMax: 4_096,
  /**
   * How long a join or a watch waits for the room's code (`authorize`, `create`, `onJoin`, `onWatch`), and acknowledgements
   * for a handler that takes its time. Longer than a slow database takes, shorter than a player's patience.
   */
  hookTimeoutMs: 10_000,
  /** The longest an empty room lives. */
  emptyRoomDelayMs: 10_000,
  /** Between two writes of a stored room into the store: what a crash costs it at most. */
  checkpointIntervalMs: 2_000,
  /** Bytes of history a reader is given at a time, and holds at most: a hundred messages of a chat. */
  historyPageBytesMax: 32_768,
  /** Pages of history that are read at a time: so many at most go between a durable room and its store. */
  historyReadsMax: 4,
  /** How long a reader waits for a page of history. */
  historyTimeoutMs: 10_000,
  /** Bytes of all recordings of rooms together. */
  recordingsBytesMax: 268_435_456,
  /** How long a reserved seat is held: enough to load a page and connect. */
  reservationMs: 15_000,
  /** Seats one client has reserved at a time: a large party. Operators have no bound but the rooms' seats. */
  reservationsPerClientMax: 32,
  /** Rooms that stand because one client made them. Operators, and the program itself, have no bound but the server's. */
  roomsPerClientMax: 64,
  /** Open WatchRooms calls of one caller. */
  lobbyWatchersPerCallerMax: 32,
  /** Open WatchRooms calls; each remembers the rooms it was told of. */
  lobbyWatchersMax: 1_000,
  /** Between two changes that a watcher of the lobby is told of. Nobody reads a list faster. */
  lobbyUpdateIntervalMs: 250,
  /** Steps a late tick loop catches up; the rest is dropped and reported. */
  catchUpStepsMax: 5,
  // Watches
  /** Open watches of one server: readers without a seat. */
  watchesMax: 5_000,
  /** Open watches of one caller. In dev mode those who give no name count as one. */
  watchesPerCallerMax: 256,
  /** Silence on a watch before a heartbeat. A client gives up after 2.5 of them. */
  watchHeartbeatIntervalMs: 15_000,
  /** Entries one watch passes over before it is the next one's turn. */
  watchScanEntriesMax: 1_024,
  // HTTP
  /** How long an idle HTTP/1 connection is kept for its next request. Longer than proxies keep theirs, usually 60 s. */
  httpKeepAliveMs: 75_000,
  /** HTTP/2 streams of one connection. A player needs one. */
  streamsPerConnectionMax: 100,
  /** Headers of one request, beside a token, which may have 61,440 bytes more. */
  metadataBytesMax: 8_192,
  /** What a client may send before the server has read it. */
  receiveWindowBytes: 1_048_576,
  /** Between the pings of the server, over HTTP/2 and to a WebSocket that has been silent. */
  pingIntervalMs: 30_000,
  /** From a ping to its answer. */
  pingTimeoutMs: 10_000,
  /** Clients that ping more often, three times in a row, get ENHANCE_YOUR_CALM. */
  clientPingIntervalMsMin: 15_000,
  /** Calls of services by one client; without a name, by its address. Operators have no bound. */
  callsPerSecond: 100,
  /** Calls of one client at once. */
  callsBurst: 500,
  // Operators
  /** Streams of AdminService open at once: the monitor page has two. */
  adminWatchesMax: 32,
  /** Wrong admin tokens from one address in a minute. A secret of 8 characters is not found in a lifetime then. */
  adminGuessesPerMinute: 10,
  /** Addresses whose guesses are remembered. */
  adminGuessAddressesMax: 10_000,
  /** Clients whose tokens are taken back at a time. */
  revocationsMax: 10_000,
  /** How long the tokens of a revoked client are refused, unless said otherwise. Longer than tokens are good. */
  revocationMs: 86_400_000,
  /** What happened that the journal keeps: minutes of an ordinary day. */
  journalEntriesMax: 1_000,
  /** Entries of one kind in a second; the rest becomes one entry with their number, so that a storm leaves the others. */
  journalEntriesPerSecondMax: 50,
  // Reports and endings
  /** Between two report lines; 0 for none. */
  metricsReportIntervalMs: 60_000,
  /** From SIGTERM to the end. Orchestrators kill after about this long. */
  drainTimeoutMs: 30_000,
} as const;

/** All limits, resolved. */
export type Limits = { readonly [Name in keyof typeof defaultLimits]: number };

/** The options of a Join or a new room, as JSON (rule JN-4). */
export const optionsBytesMax = 4_096;

/** Events that a session asks for at once when it looks back (rule HI-5). */
export const historyCountMax = 1_000;

/** Alarms that one room has set at a time: a hundred for each of as many players as a room has by default. */
export const alarmsMax = 10_000;

/** The protocol version this code speaks (rule HS-2). */
export const protocolVersion = 1;
