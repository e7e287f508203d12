import type { Clock, Timer } from "../../shared/clock.ts";
import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import type { Limits } from "../../shared/limits.ts";
import type { PeerInfo } from "../../shared/transport/transport.ts";
import type { Counters } from "../observe/counters.ts";
import type { Log } from "../observe/log.ts";
import type { Timers } from "../schedule/timer-wheel.ts";
import {
  askWho,
  reasonOfRefusal,
  reportAuthFailure,
  type Authenticate,
  type AuthOutcome,
} from "./authenticate.ts";
import { awaitTimeOfDay } from "./expiry.ts";

/** What the tokens of all connections share. */
interface TokenTermWorld {
  /** How long `authenticate` is waited for. */
  readonly limits: Pick<Limits, "hookTimeoutMs">;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly counters: Counters;
}

/** The live connection whose token it is. */
interface TokenTermOwner {
  /** Its id, for the log. */
  readonly id: string;
  readonly clientId: string;
  readonly peer: PeerInfo;
  readonly authenticate: Authenticate;
  /** What the newest token says of the client. */
  readonly onClaims: (claims: unknown) => void;
  /** Tells the client how long its token is good (rule HS-8). */
  readonly tell: (expiresInMs: number) => void;
  readonly close: (reason: CloseReason, detail: string) => void;
}

/** The most that fits into a message. */
const expiresInMsMax = 2 ** 32 - 1;

/** How long the token of a live connection is good, and the tokens that renew it (rules HS-8, HS-9). */
export class TokenTerm {
  readonly #world: TokenTermWorld;
  readonly #owner: TokenTermOwner;
  #expiresAtMs: number;
  #end: Timer | undefined;
  /** `authenticate` has been asked, and is waited for. */
  #asked: Timer | undefined;
  /** Came meanwhile: only the newest token counts. */
  #next: string | undefined;
  #stopped = false;

  /** @param expiresAtMs milliseconds since the Unix epoch, Infinity for no end */
  constructor(world: TokenTermWorld, owner: TokenTermOwner, expiresAtMs: number) {
    this.#world = world;
    this.#owner = { ...owner, peer: withoutToken(owner.peer) };
    this.#expiresAtMs = expiresAtMs;
    this.#await();
  }

  /** As messages have it: milliseconds, 0 for no end. */
  get expiresInMs(): number {
    if (this.#expiresAtMs === Infinity) return 0;
    const leftMs = Math.floor(this.#expiresAtMs - this.#world.clock.wallNow());
    return Math.min(expiresInMsMax, Math.max(1, leftMs));
  }

  /** The client gives a new token. */
  renew(token: string): void {
    if (this.#asked !== undefined) this.#next = token;
    else this.#ask(token);
  }

  stop(): void {
    this.#stopped = true;
    this.#end?.cancel();
    this.#asked?.cancel();
  }

  #await(): void {
    this.#end?.cancel();
    this.#end = awaitTimeOfDay(this.#world, this.#expiresAtMs, () =>
      this.#owner.close(closeReasons.tokenExpired, ""),
    );
  }

  #ask(token: string): void {
    const { timers, limits } = this.#world;
    const { authenticate, clientId, peer } = this.#owner;
    const outcome = askWho(authenticate, { token, clientId, peer });
    if (!(outcome instanceof Promise)) {
      this.#decide(outcome);
      return;
    }
    const asked = timers.set(() => {
      const message = `authenticate did not answer within ${limits.hookTimeoutMs} ms (limits.hookTimeoutMs).`;
      this.#settle({ kind: "failed", thrown: new Error(message) });
    }, limits.hookTimeoutMs);
    this.#asked = asked;
    void outcome.then((outcome) => {
      if (this.#asked === asked && !this.#stopped) this.#settle(outcome);
    });
  }

  /** What was waited for is here, or will not come. */
  #settle(outcome: AuthOutcome): void {
    this.#asked?.cancel();
    this.#asked = undefined;
    const next = this.#next;
    this.#next = undefined;
    if (next === undefined) this.#decide(outcome);
    else this.#ask(next);
  }

  #decide(outcome: AuthOutcome): void {
    const { log, clock } = this.#world;
    const { id: connection, clientId, peer, onClaims, close, tell } = this.#owner;
    const { address } = peer;
    switch (outcome.kind) {
      case "known":
        if (outcome.clientId !== clientId) {
          close(closeReasons.unauthenticated, "The new token is another client's.");
        } else if (outcome.expiresAtMs <= clock.wallNow()) {
          close(closeReasons.tokenExpired, "");
        } else {
          this.#expiresAtMs = outcome.expiresAtMs;
          this.#await();
          onClaims(outcome.claims);
          tell(this.expiresInMs);
        }
        return;
      case "refused":
        log.info({ connection, reason: outcome.message, address }, "authentication failed");
        close(reasonOfRefusal(outcome), outcome.message);
        return;
      // It says nothing against the client: the token it has is as good as it was.
      case "failed":
        reportAuthFailure(this.#world, outcome.thrown, { connection, address });
        tell(this.expiresInMs);
        return;
      case "unusable":
        reportAuthFailure(this.#world, outcome.error, { connection, address });
        tell(this.expiresInMs);
        return;
    }
  }
}

/** What is known of a peer, but for the token it came with. */
function withoutToken(peer: PeerInfo): PeerInfo {
  const metadata = new Map(peer.metadata);
  metadata.delete("authorization");
  return { ...peer, metadata };
}
