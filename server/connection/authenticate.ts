import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import { messageOf, RoomlineError, type RoomlineErrorCode } from "../../shared/errors.ts";
import type { Hello } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { isName } from "../../shared/ids.ts";
import { jsonFault, jsonFaultText } from "../../shared/json-fault.ts";
import { pending } from "../../shared/pending.ts";
import { tokenFault } from "../../shared/token.ts";
import type { PeerInfo } from "../../shared/transport/transport.ts";
import type { Counters } from "../observe/counters.ts";
import type { Log } from "../observe/log.ts";
import type { OnRefused } from "../observe/refusals.ts";

/** What a client shows for itself. */
export interface Credentials {
  /** The bearer token from metadata or Hello; empty when there is none. */
  readonly token: string;
  /** The name the client gives itself, from metadata or Hello; empty when it gives none. Prove nothing by it. */
  readonly clientId: string;
  readonly peer: PeerInfo;
}

/** Who a client is. */
export interface Identity<Claims = unknown> {
  readonly clientId: string;
  /** Whatever rooms should know of the player: JSON, for it goes wherever the room is. */
  readonly claims?: Claims;
  /** Until when this is good, in milliseconds since the Unix epoch. Default: as long as the connection. */
  readonly expiresAtMs?: number;
  /** When it was said, in milliseconds since the Unix epoch. Default: unknown. */
  readonly issuedAtMs?: number;
}

/**
 * Says who a client is, or throws a RoomlineError to turn it away, whose message the client is told. Anything else that is
 * thrown is a failure: it is logged, and its text stays here (rule HS-3). It may take its time: a connection waits for
 * `limits.helloTimeoutMs` at most, a call of a service for `limits.hookTimeoutMs`.
 */
export type Authenticate<Claims = unknown> = (
  credentials: Credentials,
) => Identity<Claims> | Promise<Identity<Claims>>;

/** What came of asking `authenticate`. */
export type AuthOutcome =
  | {
      readonly kind: "known";
      readonly clientId: string;
      readonly claims: unknown;
      /** Until when, in milliseconds since the Unix epoch; Infinity for no end. */
      readonly expiresAtMs: number;
    }
  /** It said no, and this is why: for the client to read. */
  | { readonly kind: "refused"; readonly code: RoomlineErrorCode; readonly message: string }
  /** It failed. The client is told that, and nothing of why. */
  | { readonly kind: "failed"; readonly thrown: unknown }
  /** It knows the client, and says of it what is no JSON: the server's own mistake. */
  | { readonly kind: "unusable"; readonly error: RoomlineError };

/** What a client is told when `authenticate` failed. */
export const notFoundOut = "Who you are could not be found out.";

/**
 * Asks `authenticate`. Whatever it does, this does not throw, and what it returns does not reject. An answer that does not
 * have to be waited for is here at once.
 */
export function askWho(
  authenticate: Authenticate,
  credentials: Credentials,
): AuthOutcome | Promise<AuthOutcome> {
  const fault = tokenFault(credentials.token);
  if (fault !== undefined) return refusedFor("invalid-argument", fault);
  try {
    const answer: unknown = authenticate(credentials);
    const wait = pending(answer);
    return wait === undefined
      ? outcomeOf(answer)
      : Promise.resolve(wait).then(outcomeOf, judgeThrown);
  } catch (thrown) {
    return judgeThrown(thrown);
  }
}

/** Counts a failure of `authenticate`, and writes it to the log for the operator. */
export function reportAuthFailure(
  { log, counters }: { readonly log: Log; readonly counters: Counters },
  thrown: unknown,
  fields: object,
): void {
  counters.handlerErrors++;
  log.error(
    { ...fields, err: errorOf(thrown) },
    "authentication failed: authenticate itself failed",
  );
}

/** Tells that `authenticate`, or dev mode, has said no. */
export function reportRefused(
  { onRefused }: { readonly onRefused: OnRefused },
  why: string,
  fields: object,
): void {
  onRefused({ act: "entry", reason: "token", message: `authentication failed: ${why}`, fields });
}

/** The bearer token in metadata; empty when there is none. */
export function bearerOf(metadata: ReadonlyMap<string, string>): string {
  return /^Bearer\s+(.+)$/i.exec(metadata.get("authorization") ?? "")?.[1] ?? "";
}

/** The credentials of a Hello: metadata wins (rule HS-3). */
export function credentialsOf(hello: Hello, peer: PeerInfo): Credentials {
  const bearer = bearerOf(peer.metadata);
  return {
    token: bearer === "" ? hello.token : bearer,
    clientId: peer.metadata.get("client-id") ?? hello.clientId,
    peer,
  };
}

/** Whatever its type says, this comes from user code. */
function outcomeOf(answer: unknown): AuthOutcome {
  try {
    if (answer === undefined || answer === null) return nobody;
    const identity = answer as Partial<Record<keyof Identity, unknown>>;
    const { clientId, claims, expiresAtMs = Infinity } = identity;
    if (typeof clientId !== "string") throw notAnIdentity(clientId);
    if (clientId === "") return nobody;
    if (!isName(clientId)) return refusedFor("invalid-argument", invalidClientId);
    if (typeof expiresAtMs !== "number" || Number.isNaN(expiresAtMs)) return unusable(noTime);
    const fault = claims === undefined ? undefined : jsonFault(claims, "claims");
    if (fault === undefined) return { kind: "known", clientId, claims, expiresAtMs };
    return unusable(`authenticate: ${jsonFaultText(fault)}.`);
  } catch (thrown) {
    return judgeThrown(thrown);
  }
}

const noTime = "expiresAtMs is no number: it has to be milliseconds since the Unix epoch.";

function unusable(message: string): AuthOutcome {
  return { kind: "unusable", error: new RoomlineError("invalid-use", message) };
}

/** A refusal, with what the client is told. */
export function refusedFor(code: RoomlineErrorCode, message: string): AuthOutcome {
  return { kind: "refused", code, message };
}

const nobody = refusedFor("invalid-argument", "The token names nobody.");

/** The close reason of a refusal: a client whose token is only over may come back with a new one (rule HS-9). */
export function reasonOfRefusal({ code }: { readonly code: RoomlineErrorCode }): CloseReason {
  return code === "token-expired" ? closeReasons.tokenExpired : closeReasons.unauthenticated;
}

/** What is wrong with a client id that is no name (rule HS-6). */
export const invalidClientId = "A client id has 1 to 128 characters and no control characters.";

function notAnIdentity(clientId: unknown): Error {
  return new TypeError(
    `authenticate has to return { clientId, claims? }; the clientId of what it returned is of type ${typeof clientId}.`,
  );
}

/** What says nothing against the client: a failure of ours, and that it cannot be found out now. */
const notRefusals: ReadonlySet<RoomlineErrorCode> = new Set(["internal", "unavailable"]);

function judgeThrown(thrown: unknown): AuthOutcome {
  const error = errorOf(thrown);
  const isRefusal = error instanceof RoomlineError && !notRefusals.has(error.code);
  return isRefusal ? refusedFor(error.code, error.message) : { kind: "failed", thrown: error };
}

/** An error with a stack of anything that was thrown. Never throws itself: there are objects that cannot be looked at. */
function errorOf(thrown: unknown): Error {
  try {
    if (thrown instanceof Error) return thrown;
  } catch {
    // Then it is none.
  }
  return new RoomlineError("internal", messageOf(thrown));
}
