import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { constants, type ServerHttp2Stream } from "node:http2";
import { encodeDetail, grpcStatus } from "../../shared/transport/grpc-names.ts";

/** A request that is not looked at, for it is too much. */
export interface RequestRefusal {
  /** 429: too many requests (RFC 6585, 4). 431: too much in its headers (RFC 6585, 5). */
  readonly status: 429 | 431;
  /** One line that says what the bound is. */
  readonly message: string;
}

/** An answer without a library: who asks too much is to cost little. */
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** In the words of who asks: gRPC and gRPC-Web in trailers, Connect as JSON, a page as text. */
function answerOf({ status, message }: RequestRefusal, contentType = ""): Answer {
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
    status,
    headers: {
      "content-type": isCall ? "application/json" : "text/plain; charset=utf-8",
      // In a second it is worth asking again, but not with the same headers.
      ...(status === 429 && { "retry-after": "1" }),
    },
    body: isCall ? JSON.stringify({ code: "resource_exhausted", message }) : `${message}\n`,
  };
}

/** Refuses over HTTP/1. */
export function refuseRequest(
  response: ServerResponse,
  headers: IncomingHttpHeaders,
  refusal: RequestRefusal,
): void {
  const answer = answerOf(refusal, headers["content-type"]);
  response.writeHead(answer.status, { ...answer.headers });
  response.end(answer.body);
}

/** The same over HTTP/2. What else the stream brings is not read. */
export function refuseStream(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  refusal: RequestRefusal,
): void {
  const answer = answerOf(refusal, headers["content-type"]);
  // Of gRPC the head is all there is: what it says would count for nothing before an end by itself.
  const endStream = answer.body === "";
  stream.respond({ ":status": answer.status, ...answer.headers }, { endStream });
  stream.once("finish", () => stream.close(constants.NGHTTP2_NO_ERROR));
  if (!endStream) stream.end(answer.body);
}
