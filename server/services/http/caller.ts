import {
  Code,
  ConnectError,
  createContextKey,
  type ContextKey,
  type HandlerContext,
} from "@connectrpc/connect";
import type { Clock } from "../../../shared/clock.ts";
import { closeReasons } from "../../../shared/close-reason.ts";
import { RoomlineError } from "../../../shared/errors.ts";
import type { Limits } from "../../../shared/limits.ts";
import type { PeerInfo } from "../../../shared/transport/transport.ts";
import type { AdminRole, AdminToken } from "../../admin-token.ts";
import {
  askWho,
  bearerOf,
  notFoundOut,
  reportAuthFailure,
  reportRefused,
  type Authenticate,
  type AuthOutcome,
} from "../../connection/authenticate.ts";
import type { Counters } from "../../observe/counters.ts";
import type { Log } from "../../observe/log.ts";
import type { OnRefused } from "../../observe/refusals.ts";
import { KeyedBuckets } from "../../schedule/keyed-buckets.ts";
import { networkOf } from "../../../shared/transport/network-of.ts";
import { connectErrorOf } from "./named-errors.ts";
import { Operators, type Operator } from "./operators.ts";

/** Who calls a service. */
export interface Caller {
  /** Empty for an operator, and in dev mode for somebody who gives no name. */
  readonly clientId: string;
  /** What `authenticate` returned beside the client id. */
  readonly claims: unknown;
  /** Until when that is so, in milliseconds since the Unix epoch; Infinity for no end. */
  readonly expiresAtMs: number;
  /** Who it is for bounds of one caller: the client, or without a name the address. */
  readonly key: string;
  /** As which operator: the caller has shown an admin token, or may do without one. */
  readonly operator: Operator | undefined;
}

/**
 * Whether the caller acts as an operator of this role. Whoever may, and gives itself a name, acts as the client of that name
 * (rule WA-1).
 * @throws ConnectError `permission_denied` when its token may read only
 */
export function actsAsOperator(
  { operator, clientId }: Pick<Caller, "operator" | "clientId">,
  role: AdminRole,
): boolean {
  if (operator === undefined || clientId !== "") return false;
  checkRole(operator, role);
  return true;
}

/** Whether bounds of one caller do not count for this one. */
export function isOperator({ operator, clientId }: Pick<Caller, "operator" | "clientId">): boolean {
  return operator !== undefined && clientId === "";
}

/** Where a request comes from, as {@link mountServices} puts it beside every call. */
export const peerKey: ContextKey<PeerInfo | undefined> = createContextKey<PeerInfo | undefined>(
  undefined,
  { description: "peer" },
);

/** Tells who calls. */
export interface Callers {
  /**
   * Anybody whom `authenticate` lets in, or an operator (rule AD-1).
   * @throws ConnectError `unauthenticated`; `deadline_exceeded` when `authenticate` takes too long, `internal` when what it
   * returns is no use
   */
  identify(context: HandlerContext): Promise<Caller>;
  /** The same of a call that comes another way. */
  identifyPeer(peer: PeerInfo): Promise<Caller>;
  /**
   * An operator who may do this (rule AD-1).
   * @throws ConnectError `unauthenticated`, `permission_denied`, `resource_exhausted`: one line that says what to do
   */
  requireAdmin(context: HandlerContext, role: AdminRole): Operator;
}

/** How callers are told apart, and what that needs of the server. */
export interface CallersParts {
  readonly authenticate: Authenticate | undefined;
  readonly adminTokens: readonly AdminToken[];
  /** How long `authenticate` is waited for, and how often admin tokens may be guessed. */
  readonly limits: Pick<
    Limits,
    | "hookTimeoutMs"
    | "adminGuessesPerMinute"
    | "adminGuessAddressesMax"
    | "callsPerSecond"
    | "callsBurst"
    | "addressesMax"
  >;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: Counters;
  readonly onRefused: OnRefused;
}

/** Creates {@link Callers}. Without an admin token and in dev mode, programs on this machine are operators. */
export function createCallers(parts: CallersParts): Callers {
  const { authenticate, limits, clock } = parts;
  const calls = new KeyedBuckets(
    clock,
    { perSecond: limits.callsPerSecond, burst: limits.callsBurst },
    limits.addressesMax,
  );
  const operators = new Operators({ ...parts, isAuthenticated: authenticate !== undefined });
  return {
    identify: async (context) => counted(await identifyPeer(peerOf(context))),
    identifyPeer: async (peer) => counted(await identifyPeer(peer)),
    requireAdmin(context, role) {
      const peer = peerOf(context);
      const found = operators.recognise(peer);
      if (found instanceof ConnectError) {
        if (found.code === Code.Unauthenticated) operators.guessed(peer);
        reportOperator(parts, found, peer);
        throw found;
      }
      checkRole(found, role);
      return found;
    },
  };

  function counted(caller: Caller): Caller {
    if (!isOperator(caller) && !calls.take(caller.key))
      throw connectErrorOf(
        new RoomlineError(
          "rate-limited",
          `You call services more often than limits.callsPerSecond (${limits.callsPerSecond}): try again in a second.`,
        ),
      );
    return caller;
  }

  async function identifyPeer(peer: PeerInfo): Promise<Caller> {
    const clientId = peer.metadata.get("client-id") ?? "";
    const key = callerKey(clientId, peer);
    const nobody = { clientId, claims: undefined, expiresAtMs: Infinity, key };
    const operator = operators.recognise(peer);
    if (!(operator instanceof ConnectError)) return { ...nobody, operator };
    if (authenticate === undefined) {
      operators.guessed(peer);
      return { ...nobody, operator: undefined };
    }
    const outcome = askWho(authenticate, { token: bearerOf(peer.metadata), clientId, peer });
    const known = outcome instanceof Promise ? await inTime(outcome, parts) : outcome;
    // A token of a client, though it be over, is no guess at one of an operator.
    const isGuess =
      known === "late" ||
      (known.kind !== "known" && !(known.kind === "refused" && known.code === "token-expired"));
    if (isGuess) operators.guessed(peer);
    return callerOf(parts, known, peer);
  }
}

/** Two callers have the same when they count as one. */
function callerKey(clientId: string, { address }: PeerInfo): string {
  return clientId === "" ? `address ${networkOf(address)}` : `client ${clientId}`;
}

/** What comes of an operator's token that is none. */
function reportOperator(
  { onRefused }: Pick<CallersParts, "onRefused">,
  { code, rawMessage }: ConnectError,
  { address }: PeerInfo,
): void {
  const reason = code === Code.PermissionDenied ? "admin-off" : "admin-token";
  const message = `An operator was refused: ${rawMessage}`;
  onRefused({ act: "entry", reason, message, fields: { address } });
}

/** Whom `authenticate` let in. @throws ConnectError for everybody else */
function callerOf(parts: CallersParts, outcome: AuthOutcome | "late", peer: PeerInfo): Caller {
  const { address } = peer;
  if (outcome === "late") {
    const message = `authenticate did not answer within ${parts.limits.hookTimeoutMs} ms (limits.hookTimeoutMs).`;
    reportAuthFailure(parts, new Error(message), {});
    throw new ConnectError(notFoundOut, Code.DeadlineExceeded);
  }
  switch (outcome.kind) {
    case "known": {
      const { clientId, claims, expiresAtMs } = outcome;
      if (expiresAtMs <= parts.clock.wallNow()) throw refusal(tokenIsOver);
      const key = callerKey(clientId, peer);
      return { clientId, claims, expiresAtMs, key, operator: undefined };
    }
    case "refused":
      reportRefused(parts, outcome.message, { address });
      throw refusal(outcome);
    case "failed":
      reportAuthFailure(parts, outcome.thrown, {});
      throw new ConnectError(notFoundOut, Code.Unavailable);
    case "unusable":
      reportAuthFailure(parts, outcome.error, {});
      throw new ConnectError(closeReasons.internalError.meaning, Code.Internal);
  }
}

/** What a promise comes to, or "late" when that takes too long. What it comes to then is nobody's any more. */
function inTime<T>(
  wait: Promise<T>,
  { clock, limits }: Pick<CallersParts, "clock" | "limits">,
): Promise<T | "late"> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimer(() => resolve("late"), limits.hookTimeoutMs);
    wait.then(resolve, reject).finally(() => timer.cancel());
  });
}

function peerOf(context: HandlerContext): PeerInfo {
  const peer = context.values.get(peerKey);
  if (peer === undefined) throw new ConnectError("The peer is not known.", Code.Internal);
  return peer;
}

function checkRole({ name, role }: Operator, wanted: AdminRole): void {
  if (role === "operate" || wanted === "read") return;
  throw new ConnectError(`The admin token "${name}" may read only.`, Code.PermissionDenied);
}

const tokenIsOver = {
  code: "token-expired",
  message: "token-expired: the token is over.",
} as const;

/** A refusal of a token has a name (rule HS-9); any other is only that. */
function refusal({ code, message }: Pick<RoomlineError, "code" | "message">): ConnectError {
  const text = `${closeReasons.unauthenticated.meaning} (${message.replace(/\.$/, "")})`;
  return code.startsWith("token-")
    ? connectErrorOf(new RoomlineError(code, text))
    : new ConnectError(text, Code.Unauthenticated);
}
