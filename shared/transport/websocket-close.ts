import { closeReasonOf, closeReasons, type CloseReason } from "../close-reason.ts";
import type { StreamEnd } from "./transport.ts";

/** What fits into a close frame beside its code (RFC 6455, section 5.5). */
const closeTextBytesMax = 123;

/** Close codes below are the standard's own; those from here are of {@link closeReasons}. */
const firstOwnCode = 4000;

const utf8 = new TextEncoder();

/** The text of a close frame: the detail, cut to what fits, or the reason's name when there is none (rule WS-4). */
export function closeTextOf({ reason, detail }: StreamEnd): string {
  const text = detail === "" ? reason.name : detail;
  const { read } = utf8.encodeInto(text, new Uint8Array(closeTextBytesMax));
  return text.slice(0, read);
}

/** What a server's close frame, or its absence, tells a client (rule WS-4). */
export function endFromServer(code: number, text: string): StreamEnd {
  if (code < firstOwnCode) return standardEnd(reasonFromServer(code), code, text);
  const reason = closeReasonOf(code);
  return { reason, detail: text === reason.name ? "" : text };
}

/**
 * What a client's close frame, or its absence, tells a server (rule WS-4): a goodbye, or that it may come back. It has no
 * say in anything else, so an unknown code becomes one of these two.
 */
export function endFromClient(code: number, text: string): StreamEnd {
  // A page that just calls close() sends no code, which is 1005.
  if (code === 1000 || code === 1005) return { reason: closeReasons.clientClosed, detail: text };
  if (code < firstOwnCode) return standardEnd(closeReasons.connectionLost, code, text);
  const given = closeReasonOf(code);
  const detail = text === given.name ? "" : text;
  if (given.action === "stop") return { reason: closeReasons.clientClosed, detail };
  const isKnown = given.action === "resume" && !given.name.startsWith("close-");
  return { reason: isKnown ? given : closeReasons.connectionLost, detail };
}

function standardEnd(reason: CloseReason, code: number, text: string): StreamEnd {
  return { reason, detail: text === "" ? `The WebSocket closed with code ${code}.` : text };
}

/**
 * For the codes of the standard, which a WebSocket library or a proxy on the way sends (RFC 6455, section 7.4.1): whoever
 * that was, none of them is final (rule WS-4).
 */
function reasonFromServer(code: number): CloseReason {
  switch (code) {
    case 1011:
      return closeReasons.internalError;
    case 1012:
      return closeReasons.draining;
    case 1013:
      return closeReasons.capacity;
    // A normal end without a reason of ours, somebody going away, no close frame at all: worth another try.
    default:
      return closeReasons.connectionLost;
  }
}
