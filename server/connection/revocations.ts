import type { Clock } from "../../shared/clock.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { pending } from "../../shared/pending.ts";
import type { Authenticate, Identity } from "./authenticate.ts";

/** A client whose tokens were taken back. */
interface Revocation {
  /** Tokens issued until then are of no use, in milliseconds since the Unix epoch. */
  readonly revokedAtMs: number;
  /** Until when this is remembered, on the monotonic clock. */
  readonly untilMs: number;
}

/** The same as nodes tell each other. */
export interface ToldRevocation {
  readonly clientId: string;
  readonly revokedAtMs: number;
  /** How long it is to be remembered yet. */
  readonly leftMs: number;
}

/** The clients whose tokens were taken back, for a time: longer than their tokens are good. */
export class Revocations {
  readonly #clock: Clock;
  readonly #max: number;
  readonly #byClient = new Map<string, Revocation>();
  readonly #listeners = new Map<string, Set<() => void>>();

  constructor(clock: Clock, max: number) {
    this.#clock = clock;
    this.#max = max;
  }

  /**
   * Takes back what the client has been issued so far.
   * @throws RoomlineError `rate-limited` when there are as many as there may be
   */
  add(clientId: string, forMs: number): void {
    const nowMs = this.#clock.now();
    for (const [id, { untilMs }] of this.#byClient) if (untilMs <= nowMs) this.#byClient.delete(id);
    if (this.#byClient.size >= this.#max && !this.#byClient.has(clientId)) {
      const message = `As many clients are revoked as may be (${this.#max}, limits.revocationsMax).`;
      throw new RoomlineError("rate-limited", message);
    }
    this.#byClient.set(clientId, {
      revokedAtMs: this.#clock.wallNow(),
      untilMs: nowMs + forMs,
    });
    for (const listener of [...(this.#listeners.get(clientId) ?? [])]) listener();
  }

  /** Those that are remembered. */
  all(): ToldRevocation[] {
    const nowMs = this.#clock.now();
    return [...this.#byClient].flatMap(([clientId, { revokedAtMs, untilMs }]) =>
      untilMs > nowMs ? [{ clientId, revokedAtMs, leftMs: untilMs - nowMs }] : [],
    );
  }

  /** Remembers what another node does, as far as there is room: it has been there for longer. */
  learn(told: readonly ToldRevocation[]): void {
    const nowMs = this.#clock.now();
    for (const { clientId, revokedAtMs, leftMs } of told) {
      const known = this.#byClient.get(clientId);
      if (known === undefined && this.#byClient.size >= this.#max) continue;
      if (known !== undefined && known.revokedAtMs >= revokedAtMs) continue;
      this.#byClient.set(clientId, { revokedAtMs, untilMs: nowMs + leftMs });
    }
  }

  /** Calls back when the tokens of this client are taken back. */
  onRevoked(clientId: string, callback: () => void): { cancel(): void } {
    const all = this.#listeners.get(clientId) ?? new Set();
    this.#listeners.set(clientId, all.add(callback));
    return {
      cancel: () => {
        all.delete(callback);
        if (all.size === 0 && this.#listeners.get(clientId) === all)
          this.#listeners.delete(clientId);
      },
    };
  }

  /** The same `authenticate`, but for whoever was revoked (rule AD-9). */
  guard(authenticate: Authenticate): Authenticate {
    const check = (identity: Identity): Identity => {
      this.#check(identity);
      return identity;
    };
    return (credentials) => {
      const answer = authenticate(credentials);
      const wait = pending(answer);
      return wait === undefined
        ? check(answer as Identity)
        : Promise.resolve(wait as PromiseLike<Identity>).then(check);
    };
  }

  /** What it is given comes from user code, and may be anything: what is no identity is nobody's business here. */
  #check(identity: Partial<Identity> | undefined | null): void {
    const revocation = this.#byClient.get(identity?.clientId ?? "");
    if (revocation === undefined || revocation.untilMs <= this.#clock.now()) return;
    const { issuedAtMs } = identity ?? {};
    if (issuedAtMs !== undefined && issuedAtMs > revocation.revokedAtMs) return;
    throw new RoomlineError("token-revoked", "token-revoked: the token was taken back.");
  }
}
