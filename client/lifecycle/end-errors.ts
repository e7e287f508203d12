import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { LifecycleEffect } from "./lifecycle.ts";

/** How a client ended. */
export type ClientEnd = Extract<LifecycleEffect, { readonly type: "finish" }>;

/** What those are told who wait for a client that has ended; also the error of a `connect` that failed. */
export function endError(end: ClientEnd, target: string, timeoutMs: number): RoomlineError {
  if (!end.unreachable)
    return new RoomlineError("connection-closed", closedText(end), { cause: end.reason });
  const why = end.detail === "" ? "" : ` (${withoutStop(end.detail)})`;
  return new RoomlineError(
    "unavailable",
    `Cannot reach a Roomline server at ${target} within ${timeoutMs / 1_000} s${why}. ` +
      "Start the server or check the address; connectTimeoutMs: Infinity waits for it.",
  );
}

function closedText({ reason, detail }: ClientEnd): string {
  if (reason === closeReasons.clientClosed) return "The client was closed.";
  return `The connection was closed: ${reasonText(reason)}${detail === "" ? "" : ` (${withoutStop(detail)})`}`;
}

function reasonText({ name, meaning }: CloseReason): string {
  return `${name}. ${meaning}`;
}

function withoutStop(text: string): string {
  return text.replace(/\.$/, "");
}
