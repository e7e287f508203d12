import type { Contract } from "../../shared/contract/contract.ts";
import type { Session, SessionStatus } from "../session/session-api.ts";
import type { MirrorTable } from "../state/mirror-table.ts";
import { Subscribers, type Store } from "./store.ts";
import {
  emptyTable,
  TableFollower,
  type MembersSnapshot,
  type TableSnapshot,
  type TableSnapshots,
} from "./table-snapshot.ts";

/** A session at one moment. */
export interface SessionSnapshot<C extends Contract = Contract> {
  readonly status: SessionStatus;
  /** The tables of the room. One in which nothing has changed is the same object as before. */
  readonly state: TableSnapshots<C["state"]>;
  /** Who is in the room, when its contract has `presence`: the same object as before while nothing has changed in it. */
  readonly members: MembersSnapshot<C>;
}

/**
 * A session as a {@link Store}: for pages that show what is in its tables. It follows the session from now to its end, so
 * make one for each session, in the turn of the event loop in which `join` resolved.
 */
export function createSessionStore<C extends Contract>(
  session: Session<C>,
): Store<SessionSnapshot<C>> {
  const store = new FollowedSession(session);
  return {
    subscribe: (listener) => store.subscribers.add(listener),
    getSnapshot: () => store.snapshot() as unknown as SessionSnapshot<C>,
  };
}

/** The tables of a contract before there is a room. */
export function emptyTables<C extends Contract>({ state }: C): TableSnapshots<C["state"]> {
  const tables = Object.keys(state).map((name) => [name, emptyTable]);
  return Object.fromEntries(tables) as TableSnapshots<C["state"]>;
}

/** The members of a room of a contract before there is one. */
export function noMembers<C extends Contract>({ presence }: C): MembersSnapshot<C> {
  return (presence === undefined ? undefined : emptyTable) as MembersSnapshot<C>;
}

interface TypelessSnapshot {
  readonly status: SessionStatus;
  readonly state: Readonly<Record<string, TableSnapshot<unknown>>>;
  readonly members: TableSnapshot<unknown> | undefined;
}

class FollowedSession {
  readonly subscribers = new Subscribers();
  readonly #session: Session;
  readonly #tables: readonly (readonly [name: string, table: TableFollower])[];
  readonly #members: TableFollower | undefined;
  #isChanged = true;
  /** The next state may be a whole one, which brings rows into another order without a word. */
  #awaitsSnapshot = true;
  #snapshot: TypelessSnapshot | undefined;

  constructor(session: Session) {
    this.#session = session;
    const tables: Readonly<Record<string, MirrorTable<unknown>>> = session.state;
    const onChange = (): void => void (this.#isChanged = true);
    this.#tables = Object.entries(tables).map(([name, table]) => [
      name,
      new TableFollower(table, onChange),
    ]);
    const members = session.members as MirrorTable<unknown> | undefined;
    this.#members = members && new TableFollower(members, onChange);
    session.onState(() => this.#onState());
    session.onStatus(() => {
      this.#awaitsSnapshot = true;
      this.#isChanged = true;
      this.subscribers.notify();
    });
    session.onGap(() => void (this.#awaitsSnapshot = true));
  }

  snapshot(): TypelessSnapshot {
    const before = this.#snapshot;
    if (!this.#isChanged && before !== undefined) return before;
    this.#isChanged = false;
    const taken = this.#tables.map(([name, table]) => [name, table.take()] as const);
    const isSame = before !== undefined && taken.every(([name, at]) => before.state[name] === at);
    const state = isSame ? before.state : Object.fromEntries(taken);
    const members = this.#members?.take();
    const { status } = this.#session;
    if (before?.status === status && isSame && before.members === members) return before;
    this.#snapshot = { status, state, members };
    return this.#snapshot;
  }

  #onState(): void {
    if (this.#awaitsSnapshot) {
      this.#awaitsSnapshot = false;
      this.#isChanged = true;
      for (const [, table] of this.#tables) table.doubtOrder();
      this.#members?.doubtOrder();
    }
    if (this.#isChanged) this.subscribers.notify();
  }
}
