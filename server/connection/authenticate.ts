import { messageOf, RoomlineError, type RoomlineErrorCode } from "../../shared/errors.ts";
import type { Hello } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { isName } from "../../shared/ids.ts";
import { jsonFault } from "../../shared/json-value.ts";
import { pending } from "../../shared/pending.ts";
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
  | { readonly kind: "known"; readonly clientId: string; readonly claims: unknown }
  /** It said no, and this is why: for the client to read. */
  | { readonly kind: "refused"; readonly message: string }
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
    const { clientId, claims } = answer as Partial<Record<keyof Identity, unknown>>;
    if (typeof clientId !== "string") throw notAnIdentity(clientId);
    if (clientId === "") return nobody;
    if (!isName(clientId)) return { kind: "refused", message: invalidClientId };
    const fault = claims === undefined ? undefined : jsonFault(claims, "claims");
    if (fault === undefined) return { kind: "known", clientId, claims };
    const message = `${fault.path} is ${fault.what}: the claims that authenticate returns have to be JSON.`;
    return { kind: "unusable", error: new RoomlineError("invalid-use", message) };
  } catch (thrown) {
    return judgeThrown(thrown);
  }
}

const nobody: AuthOutcome = { kind: "refused", message: "The token names nobody." };

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
  return isRefusal
    ? { kind: "refused", message: error.message }
    : { kind: "failed", thrown: error };
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
