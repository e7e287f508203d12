import { createHash, timingSafeEqual } from "node:crypto";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Clock } from "../../../shared/clock.ts";
import type { Limits } from "../../../shared/limits.ts";
import type { PeerInfo } from "../../../shared/transport/transport.ts";
import type { AdminToken } from "../../admin-token.ts";
import { bearerOf } from "../../connection/authenticate.ts";
import { GuessLimiter } from "./guess-limiter.ts";

/** Who acts as an operator. */
export type Operator = Pick<AdminToken, "name" | "role">;

interface OperatorsParts {
  /** Empty: there are none. */
  readonly adminTokens: readonly AdminToken[];
  /** Whether clients authenticate: then this machine alone makes nobody an operator. */
  readonly isAuthenticated: boolean;
  readonly limits: Pick<Limits, "adminGuessesPerMinute" | "adminGuessAddressesMax">;
  readonly clock: Clock;
}

/** In dev mode, whoever is on this machine. */
const localOperator: Operator = { name: "local", role: "operate" };

/** Tells operators from others, and slows those who guess (rule AD-1). */
export class Operators {
  readonly #parts: OperatorsParts;
  readonly #known: readonly { readonly operator: Operator; readonly digest: Buffer }[];
  readonly #guesses: GuessLimiter;

  constructor(parts: OperatorsParts) {
    const { adminTokens, limits, clock } = parts;
    this.#parts = parts;
    this.#known = adminTokens.map(({ name, role, token }) => ({
      operator: { name, role },
      digest: digestOf(token),
    }));
    this.#guesses = new GuessLimiter(clock, {
      perMinute: limits.adminGuessesPerMinute,
      addressesMax: limits.adminGuessAddressesMax,
    });
  }

  /** Who calls, as an operator; an error in one line that says what to do when it is none. */
  recognise(peer: PeerInfo): Operator | ConnectError {
    if (this.#known.length === 0) return this.#withoutTokens(peer);
    const token = bearerOf(peer.metadata);
    if (token === "")
      return unauthenticated("This needs the admin token: send authorization: Bearer TOKEN.");
    if (this.#guesses.isSlowed(peer.address))
      return new ConnectError(
        "Too many wrong admin tokens came from this address: wait a minute (limits.adminGuessesPerMinute).",
        Code.ResourceExhausted,
      );
    return this.#find(token) ?? unauthenticated("The admin token is wrong.");
  }

  /** The token of this caller is nobody's. */
  guessed(peer: PeerInfo): void {
    if (this.#known.length > 0 && bearerOf(peer.metadata) !== "") this.#guesses.count(peer.address);
  }

  /** Looks at all of them, so that the time this takes says nothing. */
  #find(token: string): Operator | undefined {
    const digest = digestOf(token);
    let found: Operator | undefined;
    for (const known of this.#known) {
      if (timingSafeEqual(known.digest, digest)) found = known.operator;
    }
    return found;
  }

  #withoutTokens(peer: PeerInfo): Operator | ConnectError {
    if (this.#parts.isAuthenticated)
      return denied("The admin services are off: start the server with an adminToken.");
    return isLocal(peer)
      ? localOperator
      : denied("Without an adminToken, the admin services answer this machine only.");
  }
}

/** Of equal length whatever the text, so that they can be compared in the same time. */
function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
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
    /^(127\.\d+\.\d+\.\d+|\[::1\]):\d+$/.test(address) &&
    /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i.test(host)
  );
}

const unauthenticated = (message: string) => new ConnectError(message, Code.Unauthenticated);
const denied = (message: string) => new ConnectError(message, Code.PermissionDenied);
