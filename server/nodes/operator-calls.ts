/** A message of admin.proto as protobuf, in base64. */
export type EncodedMessage = string;

/** What a node is behind its rooms: the id of a room, and the greatest lag of its players there. */
export type RoomLag = readonly [roomId: string, lag: number];

/** The statistics of one node, for whoever watches them at another. */
export interface StatsAsk {
  /** Of all watchers at all nodes this one: what is measured since the last message, is since its last. */
  readonly watch: string;
  /** How long it is until it asks again. */
  readonly intervalMs: number;
  readonly rowsMax: number;
  /** The number of the newest entry of the journal that it has. */
  readonly journal: number;
}

/** The next piece of a recording, for whoever is given it at another node. */
export interface PieceAsk {
  /** Of all downloads at all nodes this one. */
  readonly download: string;
  readonly roomId: string;
  readonly epoch: string;
  /** Milliseconds since the Unix epoch. */
  readonly beganAtMs: number;
  /** How many bytes it has so far. 0: the recording as it is now is what all of it is. */
  readonly at: number;
}

/** What operators ask of one node, for itself alone. */
export interface OperatorCalls {
  /** A ListConnectionsResponse. */
  connections: {
    readonly ask: { readonly clientId: string; readonly limit: number };
    readonly answer: EncodedMessage;
  };
  /** A ListSessionsResponse. */
  sessions: {
    readonly ask: { readonly clientId: string; readonly roomId: string; readonly limit: number };
    readonly answer: EncodedMessage;
  };
  /** Whose connection this is; null: it is not here. */
  findConnection: {
    readonly ask: { readonly connectionId: string };
    readonly answer: { readonly clientId: string } | null;
  };
  /** Ends a connection. Rejects with `connection-closed`: it is not here. */
  closeConnection: {
    readonly ask: {
      readonly connectionId: string;
      readonly forbid: boolean;
      readonly message: string;
    };
    readonly answer: true;
  };
  /** A WatchStatsResponse with the entries of the journal after the one named, and lags in rooms of other nodes. */
  stats: {
    readonly ask: StatsAsk;
    readonly answer: { readonly message: EncodedMessage; readonly lags: readonly RoomLag[] };
  };
  /** That watcher asks no more. */
  endStats: { readonly ask: { readonly watch: string }; readonly answer: true };
  /** A ListRecordingsResponse: of this room, or of all when none is named. */
  recordings: { readonly ask: { readonly roomId: string }; readonly answer: EncodedMessage };
  /**
   * In base64, and how many bytes there are in all. Rejects with `unknown-room`, `storage-failed`, `rate-limited`; `unavailable`: the node
   * knows nothing of the download any more.
   */
  recordingPiece: {
    readonly ask: PieceAsk;
    readonly answer: { readonly data: string; readonly bytes: number };
  };
  /** Nobody asks for the rest. */
  endRecording: { readonly ask: { readonly download: string }; readonly answer: true };
  /** Lags above 0 in this room, or in all when none is named. */
  lags: { readonly ask: { readonly roomId: string }; readonly answer: readonly RoomLag[] };
}
