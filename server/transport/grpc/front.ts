import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { Clock } from "../../../shared/clock.ts";
import type { Limits } from "../../../shared/limits.ts";
import type { OnRefused } from "../../observe/refusals.ts";
import { closeInTrailersHeader, encodeDetail } from "../../../shared/transport/grpc-names.ts";
import type { TransportAcceptor } from "../../../shared/transport/transport.ts";
import { DeadlineQueue } from "../deadline-queue.ts";
import { checkGrpcRequest, type GrpcVerdict } from "./request.ts";
import { GrpcCall, type AnswerCall } from "./call.ts";
import { GrpcStream } from "./stream.ts";
import type { Http2Request } from "../http2/front.ts";
import { peerInfoOf } from "../peer-info.ts";
import type { TransportLimits } from "../transport-limits.ts";
import type { TrustedProxies } from "../trusted-proxies.ts";

const grpcHead = {
  ":status": 200,
  "content-type": "application/grpc+proto",
  "grpc-accept-encoding": "identity",
} as const;

interface GrpcFrontParts {
  readonly acceptor: TransportAcceptor;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly transportLimits: TransportLimits;
  readonly proxies: TrustedProxies;
  /** Hears of requests that are no call. */
  readonly onRefused: OnRefused | undefined;
}

/** The gRPC side of a port: takes HTTP/2 streams, gives transports and calls. */
export class GrpcFront {
  readonly #parts: GrpcFrontParts;
  /** How long the end of a stream waits for its peer. */
  readonly #lingering: DeadlineQueue;
  /** How long a reset may come after the client's end of stream. */
  readonly #endGrace: DeadlineQueue;

  constructor(parts: GrpcFrontParts) {
    this.#parts = parts;
    const { clock, transportLimits } = parts;
    this.#lingering = new DeadlineQueue(clock, transportLimits.lingerMs);
    this.#endGrace = new DeadlineQueue(clock, transportLimits.endGraceMs);
  }

  /** Streams and refusals whose end the peer has yet to read. */
  get lingering(): number {
    return this.#lingering.size;
  }

  /** Answers a request for RealtimeService.Connect: refuses it, or gives the acceptor a transport. */
  accept(request: Http2Request): void {
    const { stream, headers, connection } = request;
    if (stream.destroyed || stream.session === undefined || stream.id === undefined) return;
    const verdict = checkGrpcRequest(headers);
    if (verdict.kind !== "accept") {
      this.#parts.onRefused?.({
        act: "entry",
        reason: "request",
        message: `A request for the realtime stream is no gRPC call: ${refusalText(verdict)}`,
        fields: { address: connection.socket.remoteAddress },
      });
      this.#refuse(stream, verdict);
      return;
    }
    // Before the head, which the gate has to see.
    const direct = connection.claim(stream.id);
    // The head goes out now, so that the client knows the stream stands before the first frame.
    stream.respond(grpcHead, { waitForTrailers: true });
    const transport = new GrpcStream({
      stream,
      direct,
      connection,
      frameBytesMax: this.#parts.limits.inboundFrameBytesMax,
      lingering: this.#lingering,
      endGrace: this.#endGrace,
      reasonSuffices: headers[closeInTrailersHeader] === "1",
    });
    this.#expireAfter(verdict.timeoutMs, stream, transport);
    const { acceptor, proxies } = this.#parts;
    acceptor.accept(transport, peerInfoOf("grpc", connection.socket, headers, proxies));
  }

  /**
   * Answers a request for a method that takes one message and answers with many. Returns false for one that is not plain
   * gRPC: other protocols, and compressed messages, are left to connect-node.
   */
  acceptCall(request: Http2Request, answer: AnswerCall): boolean {
    const { stream, headers, connection } = request;
    const verdict = checkGrpcRequest(headers);
    if (verdict.kind !== "accept" || stream.destroyed || stream.id === undefined) return false;
    const direct = connection.claim(stream.id);
    stream.respond(grpcHead, { waitForTrailers: true });
    const call = new GrpcCall({
      stream,
      direct,
      connection,
      peer: peerInfoOf("http", connection.socket, headers, this.#parts.proxies),
      requestBytesMax: this.#parts.transportLimits.requestBytesMax,
      lingering: this.#lingering,
      answer,
    });
    this.#expireAfter(verdict.timeoutMs, stream, call);
    return true;
  }

  #refuse(stream: ServerHttp2Stream, verdict: GrpcRefusal): void {
    stream.respond(refusal(verdict), { endStream: true });
    stream.resume();
    // A client that goes on sending all the same is cut off.
    const linger = this.#lingering.add(() => stream.close(constants.NGHTTP2_NO_ERROR));
    stream.once("close", () => linger.cancel());
  }

  #expireAfter(
    timeoutMs: number | undefined,
    stream: ServerHttp2Stream,
    call: { expire(): void },
  ): void {
    if (timeoutMs === undefined) return;
    const timer = this.#parts.clock.setTimer(() => call.expire(), timeoutMs);
    stream.once("close", () => timer.cancel());
  }
}

type GrpcRefusal = Exclude<GrpcVerdict, { kind: "accept" }>;

function refusalText(verdict: GrpcRefusal): string {
  if (verdict.kind === "grpc-error") return verdict.message;
  return verdict.status === 405
    ? "it has to be a POST."
    : "its content type is not application/grpc.";
}

function refusal(verdict: GrpcRefusal): OutgoingHttpHeaders {
  switch (verdict.kind) {
    case "http-error":
      return { ":status": verdict.status, ...(verdict.allow && { allow: verdict.allow }) };
    case "grpc-error":
      return {
        ...grpcHead,
        "grpc-status": String(verdict.status),
        "grpc-message": encodeDetail(verdict.message),
      };
  }
}
