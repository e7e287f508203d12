import { createClient, type CallOptions } from "@connectrpc/connect";
import type { Clock } from "../../shared/clock.ts";
import {
  closeCodeTrailer,
  closeDetailTrailer,
  decodeDetail,
  errorNameHeader,
} from "../../shared/transport/grpc-names.ts";
import {
  WatchService,
  type WatchRequest,
  type WatchResponse,
} from "../../shared/gen/roomline/v1/watch_pb.ts";
import { HeardStream } from "../calls/heard-stream.ts";
import { connectErrorOf, type MakeCall } from "../calls/make-call.ts";
import type { TryEnd } from "./watch-verdict.ts";

interface WatchTryParts {
  readonly call: MakeCall;
  readonly clock: Clock;
  readonly request: Pick<WatchRequest, "topic" | "cursor" | "start" | "kinds" | "watchId">;
  /** Handles a message; the next one is read when it has. Never throws or rejects. */
  readonly take: (message: WatchResponse) => Promise<void> | undefined;
}

/**
 * One try to watch: a single call, from its start to whatever ends it. Resolves when the call is over and the last message
 * has been handled, with nothing left of it; aborted, it lets a handler that runs finish. Never rejects.
 */
export async function tryToWatch(parts: WatchTryParts, abort: AbortController): Promise<TryEnd> {
  const { call, clock, request, take } = parts;
  const { signal } = abort;
  let trailers = new Headers();
  let stream: HeardStream<WatchResponse> | undefined;
  try {
    await call(async ({ transport, headers }) => {
      const options: CallOptions = { headers, signal, onTrailer: (given) => (trailers = given) };
      const responses = createClient(WatchService, transport).watch(request, options);
      stream = new HeardStream(responses, clock, abort);
      try {
        await readTo(stream, take, signal);
      } finally {
        abort.abort();
      }
    }, signal);
    const detail = detailOf(trailers, "The stream ended.");
    return { status: "ok", isOfServer: true, ...closeOf(trailers), detail };
  } catch (thrown) {
    if (stream?.isSilent === true) return { ...silent, detail: "The server was silent." };
    const error = connectErrorOf(thrown);
    const detail = detailOf(error.metadata, error.rawMessage);
    const isOfServer = error.metadata.has(errorNameHeader);
    return { status: error.code, isOfServer, ...closeOf(error.metadata), detail };
  }
}

const silent = { status: "silent", isOfServer: false, closeCode: undefined } as const;

async function readTo(
  stream: HeardStream<WatchResponse>,
  take: WatchTryParts["take"],
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const next = await stream.next();
    if (next.done === true) return;
    const { message } = next.value;
    if (message.case === "started") stream.heartbeatIntervalMs = message.value.heartbeatIntervalMs;
    const wait = take(next.value);
    if (wait !== undefined) await wait;
    if (signal.aborted) return;
  }
}

function closeOf(trailers: Headers): { readonly closeCode: number | undefined } {
  const code = trailers.get(closeCodeTrailer) ?? "";
  return { closeCode: /^\d{4}$/.test(code) ? Number(code) : undefined };
}

function detailOf(trailers: Headers, otherwise: string): string {
  const detail = trailers.get(closeDetailTrailer);
  return detail === null ? otherwise : decodeDetail(detail);
}
