import type { IdSource } from "../../shared/ids.ts";
import type { Report } from "../containment.ts";
import type { ClientLog } from "../log.ts";
import type { Claim } from "./claim.ts";
import {
  decodeClient,
  decodeProgress,
  decodeSeat,
  encodeClient,
  encodeProgress,
  encodeSeat,
  type KeptClient,
  type KeptSession,
} from "./kept-client.ts";
import { checkStorage, type PersistStorage } from "./persist-storage.ts";

interface KeeperParts {
  readonly storage: PersistStorage;
  /** Where the client connects to: each server has a client of its own. */
  readonly target: string;
  /** The name the client gives itself; empty for none. */
  readonly clientId: string;
  readonly claim: Claim;
  readonly ids: IdSource;
  readonly log: ClientLog;
  readonly report: Report;
}

/** A client as it was before the page was reloaded. */
export interface KeptBefore {
  readonly client: KeptClient;
  readonly sessions: readonly KeptSession[];
}

/** The names that clients of this process have in their storage, so that no two of them keep themselves under one. */
const taken = new WeakMap<PersistStorage, Set<string>>();

/**
 * What keeps a client over a reload. Undefined, with a warning, when another client of this page is kept there already.
 *
 * @throws RoomlineError `invalid-config`
 */
export async function openKeeper(parts: KeeperParts): Promise<Keeper | undefined> {
  const { storage, target, clientId, claim, ids, log } = parts;
  checkStorage(storage);
  const key = `roomline:${target}`;
  const names = taken.get(storage) ?? new Set();
  taken.set(storage, names);
  if (names.has(key)) {
    log.warn({ target }, "roomline: persist: another client is kept there; this one is not.");
    return undefined;
  }
  names.add(key);
  const stored = new Stored(storage, key, parts.report);
  const before = stored.read();
  // Another player, or a tab that was duplicated, with all that was stored, while the one before is still there.
  const isOther = before !== undefined && clientId !== "" && before.client.clientId !== clientId;
  const release = isOther || before === undefined ? undefined : await claim(before.client.claim);
  const giveBack = (release: (() => void) | undefined) => (): void => {
    names.delete(key);
    release?.();
  };
  if (before !== undefined && release !== undefined)
    return new Keeper(stored, before.client.claim, before, giveBack(release));
  if (before !== undefined) stored.clear(before.client.sessions);
  const own = `${key}:${ids.secret()}`;
  return new Keeper(stored, own, undefined, giveBack(await claim(own)));
}

/** Writes down what a client and its sessions are, as they change. What a turn changes is written at its end, before anything else. */
export class Keeper {
  /** As it was before the reload; undefined when this page is the first. */
  readonly before: KeptBefore | undefined;
  readonly #stored: Stored;
  readonly #claim: string;
  readonly #release: () => void;
  #client: Omit<KeptClient, "sessions" | "claim"> | undefined;
  /** The ids of all sessions that are kept. */
  readonly #sessions: Set<string>;
  readonly #touched = new Set<string>();
  #sessionOf: (sessionId: string) => KeptSession | undefined = () => undefined;
  #isOver = false;

  constructor(stored: Stored, claim: string, before: KeptBefore | undefined, release: () => void) {
    this.#stored = stored;
    this.#claim = claim;
    this.before = before;
    this.#release = release;
    this.#sessions = new Set(before?.sessions.map(({ seat }) => seat.sessionId));
  }

  /** From where sessions are read when they are written. One that has no seat is not kept. */
  follow(sessionOf: (sessionId: string) => KeptSession | undefined): void {
    this.#sessionOf = sessionOf;
  }

  /** Welcome came. */
  welcomed(client: Omit<KeptClient, "sessions" | "claim">): void {
    this.#client = client;
    this.#writeClient();
  }

  /** A session has changed, and is written at the end of this turn. */
  touch(sessionId: string): void {
    if (this.#isOver) return;
    if (this.#touched.size === 0) void Promise.resolve().then(() => this.#writeTouched());
    this.#touched.add(sessionId);
  }

  /** A session is over. */
  remove(sessionId: string): void {
    if (this.#isOver || !this.#sessions.delete(sessionId)) return;
    this.#writeClient();
    this.#stored.clearSession(sessionId);
  }

  /** The client is over, or no longer this page's. `forget`: nobody is to resume it. */
  end(forget: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (forget) this.#stored.clear(this.#sessions);
    this.#release();
  }

  #writeTouched(): void {
    const touched = [...this.#touched];
    this.#touched.clear();
    if (this.#isOver) return;
    for (const sessionId of touched) {
      const session = this.#sessionOf(sessionId);
      if (session === undefined) continue;
      this.#stored.writeSession(session);
      if (this.#sessions.has(sessionId)) continue;
      this.#sessions.add(sessionId);
      this.#writeClient();
    }
  }

  #writeClient(): void {
    if (this.#client === undefined || this.#isOver) return;
    const sessions = [...this.#sessions];
    this.#stored.writeClient({ ...this.#client, claim: this.#claim, sessions });
  }
}

/** A client in a storage, which is the user's: what it throws is reported once, and from then on nothing is kept. */
class Stored {
  readonly #storage: PersistStorage;
  readonly #key: string;
  readonly #report: Report;
  /** What was written last, by key: the same is not written again. */
  readonly #written = new Map<string, string>();
  #isBroken = false;

  constructor(storage: PersistStorage, key: string, report: Report) {
    this.#storage = storage;
    this.#key = key;
    this.#report = report;
  }

  read(): KeptBefore | undefined {
    const client = decodeClient(this.#get(this.#key));
    if (client === undefined) return undefined;
    const sessions = client.sessions.flatMap((sessionId): KeptSession[] => {
      const seat = decodeSeat(this.#get(this.#seatKey(sessionId)));
      const progress = decodeProgress(this.#get(this.#progressKey(sessionId)));
      if (seat?.sessionId === sessionId && progress !== undefined) return [{ seat, progress }];
      this.clearSession(sessionId);
      return [];
    });
    return { client, sessions };
  }

  writeClient(client: KeptClient): void {
    this.#set(this.#key, encodeClient(client));
  }

  writeSession({ seat, progress }: KeptSession): void {
    this.#set(this.#seatKey(seat.sessionId), encodeSeat(seat));
    this.#set(this.#progressKey(seat.sessionId), encodeProgress(progress));
  }

  clearSession(sessionId: string): void {
    this.#remove(this.#seatKey(sessionId));
    this.#remove(this.#progressKey(sessionId));
  }

  clear(sessionIds: Iterable<string>): void {
    this.#remove(this.#key);
    for (const sessionId of sessionIds) this.clearSession(sessionId);
  }

  #seatKey(sessionId: string): string {
    return `${this.#key}:${sessionId}:seat`;
  }

  #progressKey(sessionId: string): string {
    return `${this.#key}:${sessionId}:at`;
  }

  #get(key: string): string | null {
    return this.#try(() => {
      const text: unknown = this.#storage.getItem(key);
      if (typeof text === "object" && text !== null)
        throw new TypeError("The storage has to answer at once, not with a promise.");
      return typeof text === "string" ? text : null;
    }, null);
  }

  #set(key: string, text: string): void {
    if (this.#written.get(key) === text) return;
    this.#written.set(key, text);
    this.#try(() => this.#storage.setItem(key, text), undefined);
  }

  #remove(key: string): void {
    this.#written.delete(key);
    this.#try(() => this.#storage.removeItem(key), undefined);
  }

  #try<T>(use: () => T, otherwise: T): T {
    if (this.#isBroken) return otherwise;
    try {
      return use();
    } catch (error) {
      this.#isBroken = true;
      this.#report(error, "persist");
      return otherwise;
    }
  }
}
