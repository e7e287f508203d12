import { constants, type OutgoingHttpHeaders } from "node:http2";
import type { Clock } from "../../shared/clock.ts";
import { closeInTrailersHeader, encodeDetail } from "../../shared/grpc-names.ts";
import type { TransportAcceptor } from "../../shared/transport.ts";
import type { DeadlineQueue } from "./deadline-queue.ts";
import { checkGrpcRequest, type GrpcVerdict } from "./grpc-request.ts";
import { GrpcStream } from "./grpc-stream.ts";
import type { Http2Request } from "./http2-front.ts";
import { peerInfoOf } from "./peer-info.ts";

/** What is needed to make transports of requests. */
export interface GrpcAcceptorParts {
  readonly acceptor: TransportAcceptor;
  readonly clock: Clock;
  readonly frameBytesMax: number;
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
  if (stream.destroyed || stream.session === undefined) return;
  const verdict = checkGrpcRequest(headers);
  if (verdict.kind !== "accept") {
    stream.respond(refusal(verdict), { endStream: true });
    stream.resume();
    // A client that goes on sending all the same is cut off.
    const linger = parts.lingering.add(() => stream.close(constants.NGHTTP2_NO_ERROR));
    stream.once("close", () => linger.cancel());
    return;
  }
  // The head goes out now, so that the client knows the stream stands before the first frame.
  stream.respond(grpcHead, { waitForTrailers: true });
  const transport = new GrpcStream({
    stream,
    connection,
    frameBytesMax: parts.frameBytesMax,
    lingering: parts.lingering,
    endGrace: parts.endGrace,
    reasonSuffices: headers[closeInTrailersHeader] === "1",
  });
  if (verdict.timeoutMs !== undefined) {
    const timer = parts.clock.setTimer(() => transport.expire(), verdict.timeoutMs);
    stream.once("close", () => timer.cancel());
  }
  parts.acceptor.accept(transport, peerInfoOf("grpc", connection.socket, headers));
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
