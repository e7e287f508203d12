import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { constants, type ServerHttp2Stream } from "node:http2";
import { encodeDetail } from "../../shared/transport/grpc-names.ts";
import { grpcStatus } from "./grpc/request.ts";

/** An answer without a library: who asks too much is to cost little. */
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Seconds after which it is worth asking again. */
const retryAfter = "1";

/** "Too many requests", in the words of who asks: gRPC and gRPC-Web in trailers, Connect as JSON, a page as text. */
function tooManyRequests(contentType: string, message: string): Answer {
  if (contentType.startsWith("application/grpc"))
    return {
      status: 200,
      headers: {
        "content-type": contentType,
        "grpc-status": String(grpcStatus.resourceExhausted),
        "grpc-message": encodeDetail(message),
      },
      body: "",
    };
  const isCall = /^application\/(json|proto|connect\+)/.test(contentType);
  return {
    status: 429,
    headers: {
      "content-type": isCall ? "application/json" : "text/plain; charset=utf-8",
      "retry-after": retryAfter,
    },
    body: isCall ? JSON.stringify({ code: "resource_exhausted", message }) : `${message}\n`,
  };
}

/** Answers so over HTTP/1. */
export function refuseRequest(
  response: ServerResponse,
  headers: IncomingHttpHeaders,
  message: string,
): void {
  const answer = tooManyRequests(headers["content-type"] ?? "", message);
  response.writeHead(answer.status, { ...answer.headers });
  response.end(answer.body);
}

/** The same over HTTP/2. What else the stream brings is not read. */
export function refuseStream(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  message: string,
): void {
  const answer = tooManyRequests(headers["content-type"] ?? "", message);
  // Of gRPC the head is all there is: what it says would count for nothing before an end by itself.
  const endStream = answer.body === "";
  stream.respond({ ":status": answer.status, ...answer.headers }, { endStream });
  stream.once("finish", () => stream.close(constants.NGHTTP2_NO_ERROR));
  if (!endStream) stream.end(answer.body);
}
