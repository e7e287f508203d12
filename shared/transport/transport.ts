import type { CloseReason } from "../close-reason.ts";

/** How a stream ended, or is to end. */
export interface StreamEnd {
  readonly reason: CloseReason;
  readonly detail: string;
}

/** What a transport tells its user. All calls come from the event loop, never from inside `send` or `close`. */
export interface TransportHandlers {
  /** A whole frame came. The bytes belong to the receiver. Must not throw. */
  onFrame(frame: Uint8Array): void;
  /** `send` returned false earlier; now the transport takes frames again. */
  onDrain(): void;
  /** The stream has ended, whoever ended it. Called exactly once, and nothing after it. */
  onClose(reason: CloseReason, detail: string): void;
}

/**
 * A stream of frames in both directions: gRPC, WebSocket or two queues in memory. Knows bytes, nothing of what is in
 * them. One contract suite runs over every implementation.
 */
export interface Transport {
  /** How many bytes the transport wants free in front of a frame, to write its own header there. */
  readonly headroomBytes: number;
  /** Bytes given to `send` that the other side's network has not taken yet, headers included. */
  readonly bufferedBytes: number;
  /** Starts delivery to `handlers`. Called once, before anything else; frames that came earlier are delivered after. */
  open(handlers: TransportHandlers): void;
  /**
   * Sends one frame. `buffer` starts with `headroomBytes` bytes for the transport's own use, the frame is the rest; the
   * buffer belongs to the transport from now on. Returns whether another frame would be taken now; after false,
   * `onDrain` will come, and a frame sent before that is still taken (and counts in `bufferedBytes`). After the
   * stream has ended it does nothing and returns false.
   */
  send(buffer: Uint8Array): boolean;
  /**
   * Sends one frame whose end is shared with other frames: `buffer` as in `send`, then `shared`, which is only read, and
   * not copied. Transports that have nothing to gain by it leave it out.
   */
  sendShared?(buffer: Uint8Array, shared: Uint8Array): boolean;
  /** Stops reading: the other side soon finds that it can write no more. Frames already read may still be delivered. */
  pauseReading(): void;
  /** Reads on. */
  resumeReading(): void;
  /**
   * What was read has cost more than its frame says: the others have their turn the sooner (rule FL-3). In frames. Transports
   * that read at no pace leave it out.
   */
  spend?(frames: number): void;
  /**
   * Ends the stream for this reason: orderly, what was sent before is still delivered if the peer reads. The peer's
   * `onClose` gets the same reason. Own `onClose` comes too. A second call does nothing.
   */
  close(reason: CloseReason, detail?: string): void;
  /** Ends the stream at once: nothing more is sent or waited for. `onClose` still comes, exactly once. */
  destroy(): void;
}

/** What a server knows of a peer before its first frame. */
export interface PeerInfo {
  readonly protocol: "grpc" | "websocket" | "memory" | "http";
  /** Where it comes from, for logs. */
  readonly address: string;
  /** Request metadata or headers, names in lower case. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Subject of the client's certificate under mutual TLS. */
  readonly certificateSubject?: string;
}

/** Whoever takes the streams a server's transports accept. */
export interface TransportAcceptor {
  /** A new stream. Must call `transport.open` or `transport.close` before it returns. */
  accept(transport: Transport, peer: PeerInfo): void;
}

/** How a client gets a stream. */
export interface TransportDialer {
  /** Human-readable address, for errors and logs. */
  readonly target: string;
  /**
   * Begins a stream. Returns at once; failure to connect shows as `onClose(connectionLost, detail)`. Frames sent before
   * the connection stands are queued.
   */
  dial(metadata: ReadonlyMap<string, string>): Transport;
}
