import type { IncomingHttpHeaders } from "node:http2";
import { grpcStatus } from "../../../shared/transport/grpc-names.ts";

/** What to do with a request to the realtime path. */
export type GrpcVerdict =
  | { readonly kind: "accept"; readonly timeoutMs: number | undefined }
  | { readonly kind: "http-error"; readonly status: number; readonly allow?: string }
  | { readonly kind: "grpc-error"; readonly status: number; readonly message: string };

const contentType = /^application\/grpc(?:\+proto)?(?:;.*)?$/i;

/** Checks the head of a request as the gRPC over HTTP/2 specification wants it. */
export function checkGrpcRequest(headers: IncomingHttpHeaders): GrpcVerdict {
  if (headers[":method"] !== "POST") return { kind: "http-error", status: 405, allow: "POST" };
  if (!contentType.test(headers["content-type"] ?? "")) return { kind: "http-error", status: 415 };
  const encoding = headers["grpc-encoding"] ?? "identity";
  if (encoding !== "identity") {
    const message = "Compressed messages are not supported.";
    return { kind: "grpc-error", status: grpcStatus.unimplemented, message };
  }
  const timeout = headers["grpc-timeout"];
  if (timeout === undefined) return { kind: "accept", timeoutMs: undefined };
  const timeoutMs = typeof timeout === "string" ? parseGrpcTimeout(timeout) : undefined;
  if (timeoutMs === undefined) {
    return { kind: "grpc-error", status: grpcStatus.internal, message: "Malformed grpc-timeout." };
  }
  return { kind: "accept", timeoutMs };
}

const unitMs: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 0.001,
  n: 0.000_001,
};

/** A grpc-timeout (at most eight digits and a unit) in milliseconds, undefined when it is malformed. */
export function parseGrpcTimeout(value: string): number | undefined {
  const [, digits, unit] = /^(\d{1,8})([HMSmun])$/.exec(value) ?? [];
  const factor = unitMs[unit ?? ""];
  return factor === undefined ? undefined : Number(digits) * factor;
}
