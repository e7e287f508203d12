import { constants, type OutgoingHttpHeaders } from "node:http2";
import type { Clock } from "../../../shared/clock.ts";
import { closeInTrailersHeader, encodeDetail } from "../../../shared/transport/grpc-names.ts";
import type { TransportAcceptor } from "../../../shared/transport/transport.ts";
import type { DeadlineQueue } from "../deadline-queue.ts";
import { checkGrpcRequest, type GrpcVerdict } from "./request.ts";
import { GrpcCall, type AnswerCall } from "./call.ts";
import { GrpcStream } from "./stream.ts";
import type { Http2Request } from "../http2/front.ts";
import { peerInfoOf } from "../peer-info.ts";

/** What is needed to make transports of requests. */
export interface GrpcAcceptorParts {
  readonly acceptor: TransportAcceptor;
  readonly clock: Clock;
  readonly frameBytesMax: number;
  /** The largest message of a call that is no stream of frames. */
  readonly requestBytesMax: number;
  readonly lingering: DeadlineQueue;
  readonly endGrace: DeadlineQueue;
}

const grpcHead = {
  ":status": 200,
  "content-type": "application/grpc+proto",
  "grpc-accept-encoding": "identity",
} as const;

/** Answers a request for RealtimeService.Connect: refuses it, or gives the acceptor a transport. */
export function acceptGrpc(parts: GrpcAcceptorParts, request: Http2Request): void {
  const { stream, headers, connection } = request;
  if (stream.destroyed || stream.session === undefined || stream.id === undefined) return;
  const verdict = checkGrpcRequest(headers);
  if (verdict.kind !== "accept") {
    stream.respond(refusal(verdict), { endStream: true });
    stream.resume();
    // A client that goes on sending all the same is cut off.
    const linger = parts.lingering.add(() => stream.close(constants.NGHTTP2_NO_ERROR));
    stream.once("close", () => linger.cancel());
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
    frameBytesMax: parts.frameBytesMax,
    lingering: parts.lingering,
    endGrace: parts.endGrace,
    reasonSuffices: headers[closeInTrailersHeader] === "1",
  });
  expireAfter(parts, verdict.timeoutMs, request, transport);
  parts.acceptor.accept(transport, peerInfoOf("grpc", connection.socket, headers));
}

/**
 * Answers a request for a method that takes one message and answers with many. Returns false for one that is not plain
 * gRPC: other protocols, and compressed messages, are left to connect-node.
 */
export function acceptCall(
  parts: GrpcAcceptorParts,
  request: Http2Request,
  answer: AnswerCall,
): boolean {
  const { stream, headers, connection } = request;
  const verdict = checkGrpcRequest(headers);
  if (verdict.kind !== "accept" || stream.destroyed || stream.id === undefined) return false;
  const direct = connection.claim(stream.id);
  stream.respond(grpcHead, { waitForTrailers: true });
  const { requestBytesMax, lingering } = parts;
  const peer = peerInfoOf("http", connection.socket, headers);
  const call = new GrpcCall({
    stream,
    direct,
    connection,
    peer,
    requestBytesMax,
    lingering,
    answer,
  });
  expireAfter(parts, verdict.timeoutMs, request, call);
  return true;
}

function expireAfter(
  { clock }: GrpcAcceptorParts,
  timeoutMs: number | undefined,
  { stream }: Http2Request,
  call: { expire(): void },
): void {
  if (timeoutMs === undefined) return;
  const timer = clock.setTimer(() => call.expire(), timeoutMs);
  stream.once("close", () => timer.cancel());
}

function refusal(verdict: Exclude<GrpcVerdict, { kind: "accept" }>): OutgoingHttpHeaders {
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
