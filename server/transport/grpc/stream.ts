import { constants, type ServerHttp2Stream } from "node:http2";
import { grpcStatus } from "../../../shared/transport/grpc-names.ts";
import { closeReasons, type CloseReason } from "../../../shared/close-reason.ts";
import type {
  StreamEnd,
  Transport,
  TransportHandlers,
} from "../../../shared/transport/transport.ts";
import type { Deadline, DeadlineQueue } from "../deadline-queue.ts";
import { grpcPrefixBytes, writeGrpcPrefix } from "./frame.ts";
import { GrpcFrameReader } from "./frame-reader.ts";
import { grpcTrailers, trailWith, type GrpcStreamEnd } from "./trailers.ts";
import type { DirectHandlers, Http2DirectStream } from "../http2/direct-stream.ts";
import { frameHeaderBytes } from "../http2/frame.ts";
import type { Http2Connection } from "../http2/connection.ts";
import {
  beginEnd,
  destroyEnd,
  endedState,
  openState,
  untoldEnd,
  type StreamState,
} from "../stream-ending.ts";

interface GrpcStreamParts {
  readonly stream: ServerHttp2Stream;
  readonly direct: Http2DirectStream;
  readonly connection: Http2Connection;
  readonly frameBytesMax: number;
  /** How long the end of a stream waits for its peer. */
  readonly lingering: DeadlineQueue;
  /** How long a reset may come after the client's end of stream. */
  readonly endGrace: DeadlineQueue;
  /** The client reads the close reason from the trailers, whatever the status. */
  readonly reasonSuffices: boolean;
}

/**
 * RealtimeService.Connect on a HTTP/2 stream, without a gRPC library: one write for each frame, and no copy of it. Frames go
 * past node:http2 ({@link Http2DirectStream}); the head, the trailers and all that is seldom go through it.
 *
 * `send` returns true when nothing had to wait before this frame, so at most two frames are with the kernel and the
 * peer's flow control.
 */
export class GrpcStream implements Transport, DirectHandlers {
  readonly headroomBytes = frameHeaderBytes + grpcPrefixBytes;
  readonly #parts: GrpcStreamParts;
  readonly #stream: ServerHttp2Stream;
  readonly #direct: Http2DirectStream;
  readonly #reader: GrpcFrameReader;
  readonly #connection: Http2Connection;
  #handlers: TransportHandlers | undefined;
  #state: StreamState = openState;
  #waitsForDrain = false;
  #linger: Deadline | undefined;
  #grace: Deadline | undefined;

  constructor(parts: GrpcStreamParts) {
    this.#parts = parts;
    this.#stream = parts.stream;
    this.#direct = parts.direct;
    this.#connection = parts.connection;
    this.#reader = new GrpcFrameReader(parts.frameBytesMax);
    parts.stream.on("close", () => this.#onStreamClosed());
  }

  get bufferedBytes(): number {
    return this.#direct.bufferedBytes;
  }

  open(handlers: TransportHandlers): void {
    this.#handlers = handlers;
    this.#direct.open(this);
    this.#stream.on("data", this.#onNodeData);
    this.#stream.on("end", this.#onEnd);
  }

  send(buffer: Uint8Array): boolean {
    if (this.#state.kind !== "open") return false;
    writeGrpcPrefix(buffer, frameHeaderBytes);
    const waits = this.#direct.bufferedBytes > 0;
    this.#direct.send(buffer);
    if (waits) this.#waitsForDrain = true;
    return !waits;
  }

  sendShared(buffer: Uint8Array, shared: Uint8Array): boolean {
    if (this.#state.kind !== "open") return false;
    writeGrpcPrefix(buffer, frameHeaderBytes, shared.length);
    const waits = this.#direct.bufferedBytes > 0;
    this.#direct.sendShared(buffer, shared);
    if (waits) this.#waitsForDrain = true;
    return !waits;
  }

  pauseReading(): void {
    if (this.#state.kind !== "open") return;
    this.#direct.pause();
    this.#stream.pause();
  }

  resumeReading(): void {
    // What node:http2 holds came before what is kept beside it.
    this.#stream.resume();
    this.#direct.resume();
  }

  spend(frames: number): void {
    this.#connection.spend(frames);
  }

  close(reason: CloseReason, detail = ""): void {
    this.#end({ reason, detail }, false);
  }

  destroy(): void {
    this.#state = destroyEnd(this.#state);
    if (this.#state.kind !== "ended") this.#cut();
  }

  /** The time the client gave the call (grpc-timeout) is over. */
  expire(): void {
    const detail = "The call's own deadline has passed.";
    this.#endForPeer({
      reason: closeReasons.lifetime,
      detail,
      grpcStatus: grpcStatus.deadlineExceeded,
    });
  }

  onWritten(): void {
    if (!this.#waitsForDrain) return;
    this.#waitsForDrain = false;
    if (this.#state.kind === "open") this.#handlers?.onDrain();
  }

  onWindowOverflow(): void {
    this.#stream.close(constants.NGHTTP2_FLOW_CONTROL_ERROR);
  }

  onData(chunk: Uint8Array): void {
    this.#connection.heard();
    // What still comes after the end is read and thrown away, so that the peer gets to see the end.
    if (this.#state.kind !== "open") return;
    const fault = this.#reader.read(chunk, this.#onFrame);
    if (fault === "too-large") {
      const detail = `A frame may have ${this.#parts.frameBytesMax} bytes.`;
      this.#endForPeer({ reason: closeReasons.frameTooLarge, detail });
    } else if (fault === "compressed") {
      this.#endForProtocol("A message was marked as compressed.");
    }
  }

  readonly #onNodeData = (chunk: Uint8Array): void => {
    this.onData(chunk);
    this.#direct.cameOut(chunk.length);
  };

  readonly #onFrame = (frame: Uint8Array): void => {
    if (this.#state.kind === "open") this.#handlers?.onFrame(frame);
  };

  readonly #onEnd = (): void => {
    if (this.#state.kind !== "open") return;
    // Node says that a stream has ended when it was reset, too; that calls the grace off.
    this.#grace = this.#parts.endGrace.add(() => {
      if (this.#reader.midFrame) this.#endForProtocol("The stream ended inside a frame.");
      else this.#endForPeer({ reason: closeReasons.clientClosed, detail: "" });
    });
  };

  #endForProtocol(detail: string): void {
    this.#endForPeer({
      reason: closeReasons.protocolError,
      detail,
      grpcStatus: grpcStatus.internal,
    });
  }

  /** The peer ended the stream or made us do so: nothing it sends counts any more, so our user is told at once. */
  #endForPeer(end: GrpcStreamEnd): void {
    if (this.#end(end, true)) this.#handlers?.onClose(end.reason, end.detail);
  }

  /** Begins to end. Returns false when something else has ended the stream before. */
  #end(end: GrpcStreamEnd, told: boolean): boolean {
    const before = this.#state;
    this.#state = beginEnd(before, end, told);
    if (this.#state === before) return false;
    this.#linger = this.#parts.lingering.add(() => this.#cut());
    const stream = this.#stream;
    trailWith(stream, grpcTrailers(end, this.#parts.reasonSuffices));
    this.#direct.whenSent(() => stream.end());
    this.resumeReading();
    return true;
  }

  #cut(): void {
    this.#stream.close(constants.NGHTTP2_CANCEL);
    this.#connection.destroyIfUnused();
  }

  #onStreamClosed(): void {
    this.#linger?.cancel();
    this.#grace?.cancel();
    this.#direct.release();
    const end = untoldEnd(this.#state, () => lostEnd(this.#stream.rstCode));
    this.#state = endedState;
    if (end !== undefined) this.#handlers?.onClose(end.reason, end.detail);
  }
}

function lostEnd(rstCode: number | undefined): StreamEnd {
  return {
    reason: closeReasons.connectionLost,
    detail: `The stream was reset (code ${rstCode ?? 0}).`,
  };
}
