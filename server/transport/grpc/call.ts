import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { encodeDetail, grpcStatus } from "../../../shared/transport/grpc-names.ts";
import type { PeerInfo } from "../../../shared/transport/transport.ts";
import type { Deadline, DeadlineQueue } from "../deadline-queue.ts";
import { GrpcFrameReader } from "./frame-reader.ts";
import { trailWith } from "./trailers.ts";
import type { Http2DirectStream } from "../http2/direct-stream.ts";
import type { Http2Connection } from "../http2/connection.ts";

/** How a call ends. */
export interface CallEnd {
  /** A gRPC status. Undefined: OK. */
  readonly status: number | undefined;
  readonly message: string;
  /** What else the trailers say. */
  readonly trailers: Readonly<Record<string, string>>;
}

/** What a call tells the method that answers it. */
export interface CallHandlers {
  /** The message sent last has been written. */
  onWritten(): void;
  /** Nobody reads any more, or the end has been read. Called exactly once, and nothing after it. */
  onClosed(): void;
}

/** A call of a method that takes one message and answers with many. */
export interface StreamingCall {
  readonly peer: PeerInfo;
  /** Whether the stream is gone already. */
  readonly closed: boolean;
  /** Begins to answer. Called once; a call that is refused is only ended. */
  open(handlers: CallHandlers): void;
  /** Sends a message of {@link frameMessage}, which is only read. The next one may be sent once it has been written. */
  send(framed: Uint8Array): void;
  /** Ends the call; does nothing once it has ended. */
  end(end: CallEnd): void;
  /** Ends the call at once, for a reader that does not read. gRPC clients take it for RESOURCE_EXHAUSTED. */
  cut(): void;
}

/** Answers a call. `request`: the message it came with. Must not throw. */
export type AnswerCall = (call: StreamingCall, request: Uint8Array) => void;

interface GrpcCallParts {
  readonly stream: ServerHttp2Stream;
  readonly direct: Http2DirectStream;
  readonly connection: Http2Connection;
  readonly peer: PeerInfo;
  readonly requestBytesMax: number;
  /** How long the end of a stream waits for its peer. */
  readonly lingering: DeadlineQueue;
  readonly answer: AnswerCall;
}

/**
 * A server-streaming gRPC call on a HTTP/2 stream, without a gRPC library: one write for each message, past
 * node:http2. The request comes through it.
 */
export class GrpcCall implements StreamingCall {
  readonly peer: PeerInfo;
  readonly #parts: GrpcCallParts;
  readonly #stream: ServerHttp2Stream;
  readonly #requests: Uint8Array[] = [];
  #handlers: CallHandlers | undefined;
  #state: "reading" | "answering" | "ending" | "closed" = "reading";
  #linger: Deadline | undefined;

  constructor(parts: GrpcCallParts) {
    this.#parts = parts;
    this.#stream = parts.stream;
    this.peer = parts.peer;
    const reader = new GrpcFrameReader(parts.requestBytesMax);
    const { stream, connection, direct } = parts;
    direct.open({
      onWritten: () => this.#onWritten(),
      onWindowOverflow: () => stream.close(constants.NGHTTP2_FLOW_CONTROL_ERROR),
    });
    stream.on("close", () => this.#onStreamClosed());
    stream.on("data", (chunk: Uint8Array) => {
      connection.heard();
      if (this.#state === "reading") this.#read(reader, chunk);
    });
    stream.on("end", () => {
      if (this.#state === "reading") this.#begin(reader.midFrame);
    });
  }

  get closed(): boolean {
    return this.#state === "closed";
  }

  open(handlers: CallHandlers): void {
    this.#handlers = handlers;
  }

  send(framed: Uint8Array): void {
    if (this.#state !== "answering") return;
    this.#parts.direct.sendReadOnly(framed);
  }

  end({ status = grpcStatus.ok, message, trailers }: CallEnd): void {
    if (this.#state === "ending" || this.#state === "closed") return;
    this.#state = "ending";
    this.#linger = this.#parts.lingering.add(() => {
      this.#stream.close(constants.NGHTTP2_CANCEL);
      this.#parts.connection.destroyIfUnused();
    });
    const stream = this.#stream;
    const own: OutgoingHttpHeaders = { "grpc-status": String(status) };
    if (status !== grpcStatus.ok) own["grpc-message"] = encodeDetail(message);
    trailWith(stream, own, trailers);
    this.#parts.direct.whenSent(() => stream.end());
    stream.resume();
  }

  cut(): void {
    if (this.#state === "closed") return;
    this.#state = "ending";
    this.#stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    // Reset, it would still wait to hand on what it holds.
    this.#stream.destroy();
  }

  /** The time the client gave the call (grpc-timeout) is over. */
  expire(): void {
    this.#fail(grpcStatus.deadlineExceeded, "the operation timed out");
  }

  #onWritten(): void {
    if (this.#state === "answering") this.#handlers?.onWritten();
  }

  #read(reader: GrpcFrameReader, chunk: Uint8Array): void {
    const fault = reader.read(chunk, (message) => this.#requests.push(message));
    if (fault === "too-large") {
      const most = `A request may have ${this.#parts.requestBytesMax} bytes.`;
      this.#fail(grpcStatus.resourceExhausted, most);
    } else if (fault === "compressed") {
      this.#fail(grpcStatus.internal, "A message was marked as compressed.");
    } else if (this.#requests.length > 1) {
      this.#fail(grpcStatus.unimplemented, "The method takes one message.");
    }
  }

  /** The client has said all it has to say. */
  #begin(midFrame: boolean): void {
    const [request] = this.#requests.splice(0);
    if (midFrame) {
      this.#fail(grpcStatus.internal, "The stream ended inside a message.");
    } else if (request === undefined) {
      this.#fail(grpcStatus.unimplemented, "The method takes one message.");
    } else {
      this.#state = "answering";
      try {
        this.#parts.answer(this, request);
      } catch {
        this.#fail(grpcStatus.internal, "The method failed.");
      }
    }
  }

  #fail(status: number, message: string): void {
    this.end({ status, message, trailers: {} });
  }

  #onStreamClosed(): void {
    this.#linger?.cancel();
    this.#parts.direct.release();
    this.#state = "closed";
    this.#handlers?.onClosed();
  }
}
