import { timingSafeEqual } from "node:crypto";
import {
  Code,
  ConnectError,
  createContextKey,
  type ContextKey,
  type HandlerContext,
} from "@connectrpc/connect";
import type { Clock } from "../../../shared/clock.ts";
import { closeReasons } from "../../../shared/close-reason.ts";
import type { PeerInfo } from "../../../shared/transport/transport.ts";
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

/** Who calls a service. */
export interface Caller {
  /** Empty for an operator, and in dev mode for somebody who gives no name. */
  readonly clientId: string;
  /** What `authenticate` returned beside the client id. */
  readonly claims: unknown;
  /** Whether the caller has shown the admin token, or may do without it. */
  readonly admin: boolean;
}

/** Whoever may act as an operator and gives itself a name acts as the client of that name (rule WA-1). */
export function actsAsOperator({ admin, clientId }: Pick<Caller, "admin" | "clientId">): boolean {
  return admin && clientId === "";
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
   * An operator (rule AD-1).
   * @throws ConnectError `unauthenticated`, `permission_denied`: one line that says what to do
   */
  requireAdmin(context: HandlerContext): Caller;
}

/** How callers are told apart, and what that needs of the server. */
export interface CallersParts {
  readonly authenticate: Authenticate | undefined;
  readonly adminToken: string | undefined;
  /** How long `authenticate` is waited for. */
  readonly limits: { readonly hookTimeoutMs: number };
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: Counters;
  readonly onRefused: OnRefused;
}

const operator: Caller = { clientId: "", claims: undefined, admin: true };

/** Creates {@link Callers}. Without an admin token and in dev mode, programs on this machine are operators. */
export function createCallers(parts: CallersParts): Callers {
  const { authenticate } = parts;
  return {
    identify: async (context) => identifyPeer(peerOf(context)),
    identifyPeer,
    requireAdmin(context) {
      const peer = peerOf(context);
      const refusal = notAdmin(peer, parts);
      if (refusal === undefined) return operator;
      const reason = refusal.code === Code.Unauthenticated ? "admin-token" : "admin-off";
      const message = `An operator was refused: ${refusal.rawMessage}`;
      parts.onRefused({ act: "entry", reason, message, fields: { address: peer.address } });
      throw refusal;
    },
  };

  async function identifyPeer(peer: PeerInfo): Promise<Caller> {
    if (notAdmin(peer, parts) === undefined) {
      return { ...operator, clientId: peer.metadata.get("client-id") ?? "" };
    }
    const clientId = peer.metadata.get("client-id") ?? "";
    if (authenticate === undefined) return { clientId, claims: undefined, admin: false };
    const outcome = askWho(authenticate, { token: bearerOf(peer.metadata), clientId, peer });
    return callerOf(outcome instanceof Promise ? await inTime(outcome, parts) : outcome, peer);
  }

  function callerOf(outcome: AuthOutcome | "late", { address }: PeerInfo): Caller {
    if (outcome === "late") {
      const message = `authenticate did not answer within ${parts.limits.hookTimeoutMs} ms (limits.hookTimeoutMs).`;
      reportAuthFailure(parts, new Error(message), {});
      throw new ConnectError(notFoundOut, Code.DeadlineExceeded);
    }
    switch (outcome.kind) {
      case "known":
        return { clientId: outcome.clientId, claims: outcome.claims, admin: false };
      case "refused":
        reportRefused(parts, outcome.message, { address });
        throw unauthenticated(
          `${closeReasons.unauthenticated.meaning} (${outcome.message.replace(/\.$/, "")})`,
        );
      case "failed":
        reportAuthFailure(parts, outcome.thrown, {});
        throw unauthenticated(notFoundOut);
      case "unusable":
        reportAuthFailure(parts, outcome.error, {});
        throw new ConnectError(closeReasons.internalError.meaning, Code.Internal);
    }
  }
}

/** The reason why the caller is no operator; undefined when it is one. */
function notAdmin(
  peer: PeerInfo,
  { authenticate, adminToken }: Pick<CallersParts, "authenticate" | "adminToken">,
): ConnectError | undefined {
  const token = bearerOf(peer.metadata);
  if (adminToken !== undefined) {
    if (token === "")
      return unauthenticated("This needs the admin token: send authorization: Bearer TOKEN.");
    return sameText(token, adminToken) ? undefined : unauthenticated("The admin token is wrong.");
  }
  if (authenticate !== undefined) {
    return denied("The admin services are off: start the server with an adminToken.");
  }
  return isLocal(peer)
    ? undefined
    : denied("Without an adminToken, the admin services answer this machine only.");
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

/** What proxies say of whom they speak for. */
const forwardedHeaders = ["forwarded", "x-forwarded-for", "x-real-ip"];

/**
 * From this machine, and asked for by its name: a page from elsewhere cannot make its own name point here. A proxy on this
 * machine speaks for others, and most say so.
 */
function isLocal({ address, metadata }: PeerInfo): boolean {
  const host = metadata.get("host") ?? "";
  return (
    !forwardedHeaders.some((name) => metadata.has(name)) &&
    /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+):\d+$/.test(address) &&
    /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i.test(host)
  );
}

/** Takes the same time wherever the two differ. */
function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

const unauthenticated = (message: string) => new ConnectError(message, Code.Unauthenticated);
const denied = (message: string) => new ConnectError(message, Code.PermissionDenied);
