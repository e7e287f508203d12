/** Bounds against peers that misuse HTTP/2 or WebSocket, or hold on to dead streams. Fixed: no honest client comes near them. */
export const transportLimits = {
  /** How long the end of a stream may wait for its peer to read it, before the stream is reset. */
  lingerMs: 2_000,
  /**
   * How long after a client's end of stream its reset may follow, for the two to count as a reset. Clients built on
   * Node send both, in two packets, when they cancel.
   */
  endGraceMs: 20,
  /** Over how long misuse is counted. */
  misuseWindowMs: 10_000,
  /** Streams of one connection that end by a reset in one window; more is a rapid reset attack. */
  resetsMax: 100,
  /** SETTINGS frames of one connection in one window. */
  settingsMax: 16,
  /** Pings too soon after the last one, in a row. */
  pingStrikesMax: 3,
  /** What is read of one connection before everybody else has a turn, in the units of framesPerSecond: 0.1 to 2 ms. */
  readUnitsPerTurn: 256,
  /** Rests in a row that a connection is given when it sends more frames than its rate, before it ends (rule FL-3). */
  readRestsMax: 8,
  /** Frames with less than 256 bytes in the body of one HTTP/2 request. */
  requestFramesMax: 1_024,
  /** Frames node:http2 may find invalid before it ends the connection. */
  invalidFramesMax: 10,
  /** Streams over the concurrency limit before the connection ends. */
  rejectedStreamsMax: 20,
  /** Our own pings without an answer. */
  outstandingPingsMax: 4,
  /** Bytes of a request message of a service. */
  requestBytesMax: 65_536,
  /** Headers in one request. */
  headersMax: 64,
  /** Fragments of one WebSocket message. Browsers make a few of a large one. */
  webSocketFragmentsMax: 64,
  /** Pieces, as they came from the network, of a WebSocket message that is not complete; for large frames more. */
  webSocketChunksMax: 1_024,
  /** A HTTP/2 connection without a stream for this long is closed. */
  idleSessionMs: 300_000,
  /** The head of a HTTP/1 request must come within this time. */
  http1HeadersTimeoutMs: 10_000,
  /** A whole HTTP/1 request must come within this time. */
  http1RequestTimeoutMs: 60_000,
  /** Sockets beyond `connectionsMax`: for probes, metrics, lookups, and clients about to be told that it is full. */
  spareSockets: 1_000,
} as const;

/** The bounds, with room for a test to set its own. */
export type TransportLimits = { readonly [Name in keyof typeof transportLimits]: number };
