import { cors as connectHeaders } from "@connectrpc/connect";
import cors from "cors";
import { errorNameHeader, errorReasonHeader } from "../../../shared/transport/grpc-names.ts";
import type { OnRefused } from "../../observe/refusals.ts";
import { isAllowedOrigin, type OriginPolicy } from "../../transport/origin-policy.ts";
import { originRefusal } from "../../transport/refusals.ts";
import type { RequestHandler } from "../../transport/request-handler.ts";

/** How long browsers may remember what they were allowed. */
const preflightSeconds = 7_200;

/** Lets pages of allowed origins call the services, and answers their preflight requests (rule WS-2). */
export function allowCrossOrigin(
  policy: OriginPolicy,
  handler: RequestHandler,
  onRefused: OnRefused,
): RequestHandler {
  const answer = cors((request, decide) => {
    const { origin, host } = request.headers;
    const authority = request.headers[":authority"];
    const asked = { origin, host: host ?? (typeof authority === "string" ? authority : undefined) };
    const allowed = isAllowedOrigin(policy, asked);
    if (!allowed) onRefused(originRefusal("cors", asked));
    decide(null, {
      origin: allowed && origin !== undefined ? origin : false,
      methods: [...connectHeaders.allowedMethods],
      allowedHeaders: [...connectHeaders.allowedHeaders, "authorization", "client-id"],
      exposedHeaders: [...connectHeaders.exposedHeaders, errorNameHeader, errorReasonHeader],
      maxAge: preflightSeconds,
    });
  });
  return (request, response) => {
    answer(request, response, () => handler(request, response));
  };
}
