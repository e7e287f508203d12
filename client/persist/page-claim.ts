import type { Clock } from "../../shared/clock.ts";
import type { IdSource } from "../../shared/ids.ts";
import { clientLimits } from "../limits.ts";
import { claimAnything, type Claim } from "./claim.ts";

/** What we use of a browser's locks. */
interface Locks {
  request(
    name: string,
    options: { readonly signal: AbortSignal },
    held: () => Promise<void>,
  ): Promise<unknown>;
}

/** What we use of a channel between the pages of an origin. */
export interface Channel {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}

/** What a page has to claim names with. */
export interface ClaimingPage {
  /** Only on pages that came over TLS, or from this machine. */
  readonly locks?: Locks | undefined;
  readonly openChannel?: ((name: string) => Channel) | undefined;
  readonly clock: Clock;
  readonly ids: IdSource;
}

/**
 * How a page claims names: by a lock, else by asking the other pages, else not at all. A page that is reloaded may have to
 * wait for a moment until the browser has noticed that the one before is gone.
 */
export function createPageClaim(page: ClaimingPage): Claim {
  const { locks, openChannel } = page;
  if (locks !== undefined) return (name) => claimByLock(locks, page.clock, name);
  if (openChannel !== undefined) return (name) => claimByChannel(openChannel(name), page);
  return claimAnything;
}

function claimByLock(locks: Locks, clock: Clock, name: string): Promise<(() => void) | undefined> {
  return new Promise((resolve) => {
    const patience = new AbortController();
    const timer = clock.setTimer(() => patience.abort(), clientLimits.claimWaitMs);
    const hold = (): Promise<void> =>
      new Promise((release) => {
        timer.cancel();
        resolve(release);
      });
    locks.request(name, { signal: patience.signal }, hold).catch(() => {
      timer.cancel();
      // Where locks are not allowed, nobody has one.
      resolve(patience.signal.aborted ? undefined : () => undefined);
    });
  });
}

/** What pages say to each other. Of two that ask at once, the one with the lower id gets it. */
interface Said {
  /** I want it. */
  readonly asks?: string;
  /** Who asked, by this id, cannot have it. */
  readonly refuses?: string;
}

function claimByChannel(
  channel: Channel,
  { clock, ids }: ClaimingPage,
): Promise<(() => void) | undefined> {
  const own = ids.id();
  return new Promise((resolve) => {
    let isMine = false;
    const timer = clock.setTimer(() => {
      isMine = true;
      resolve(() => channel.close());
    }, clientLimits.claimAnswerMs);
    const giveUp = (): void => {
      timer.cancel();
      channel.close();
      resolve(undefined);
    };
    channel.onmessage = ({ data }) => {
      const { asks, refuses } = data as Said;
      if (asks !== undefined && (isMine || own < asks)) channel.postMessage({ refuses: asks });
      else if (!isMine && (asks !== undefined || refuses === own)) giveUp();
    };
    channel.postMessage({ asks: own });
  });
}
