import type { Client, Session } from "../../../client/index.ts";
import { closeReasons } from "../../../shared/close-reason.ts";
import {
  Control_Action as Action,
  GapReason,
} from "../../../shared/gen/roomline/v1/realtime_pb.ts";
import { joinedMessage, said, type ClientBench, type Lobby } from "../bench.ts";
import type { ServerMessageInit } from "../fake-server.ts";

/** A callback of session "1", or of its client, and how to have it called. */
export interface SessionHook {
  readonly name: string;
  readonly where: string;
  add(session: Session<Lobby>, client: Client, callback: () => unknown): void;
  /** Has it called, for the first or second time. */
  trigger(bench: ClientBench, time: number): void | Promise<void>;
  /** The next event waits for it (rule RL-7). */
  readonly isWaitedFor?: boolean;
  /** The session is over afterwards. */
  readonly isLast?: boolean;
}

const to1 = (body: NonNullable<ServerMessageInit["body"]>): ServerMessageInit => ({
  sessionId: "1",
  body,
});

/** A row comes, changes and goes. */
function rowMessages(time: number): ServerMessageInit[] {
  const first = 3 * time - 2;
  const state = (tick: number, table: object): ServerMessageInit => {
    const tables = [{ table: 1, ...table }];
    return to1({
      case: "state",
      value: { tick: BigInt(tick), baseTick: BigInt(tick - 1), tables },
    });
  };
  const tags = Uint8Array.of(0x0d);
  const created = Buffer.from("\x01\x03ann\0\0\0\0");
  const changed = Buffer.from("\x01\0\0\x01\0");
  return [
    state(first, { groups: [{ tags, rows: created, created: true }] }),
    state(first + 1, { groups: [{ tags, rows: changed, created: false }] }),
    state(first + 2, { removed: [1] }),
  ];
}

export async function cutAndComeBack(bench: ClientBench): Promise<void> {
  bench.server.last.cut();
  await bench.advance(1_000);
}

const rows = (bench: ClientBench, time: number) => bench.server.last.send(...rowMessages(time));

/** All of them. */
export const sessionHooks: readonly SessionHook[] = [
  {
    name: "session.on",
    where: 'session 1, on("said")',
    add: (session, _client, callback) => session.on("said", callback),
    trigger: ({ server }, time) => server.last.send(said(time)),
    isWaitedFor: true,
  },
  {
    name: "session.onState",
    where: "session 1, onState",
    add: (session, _client, callback) => session.onState(callback),
    trigger: rows,
  },
  {
    name: "table.onAdd",
    where: "session 1, state",
    add: (session, _client, callback) => session.state.players.onAdd(callback),
    trigger: rows,
  },
  {
    name: "table.onChange",
    where: "session 1, state",
    add: (session, _client, callback) => session.state.players.onChange(callback),
    trigger: rows,
  },
  {
    name: "table.onRemove",
    where: "session 1, state",
    add: (session, _client, callback) => session.state.players.onRemove(callback),
    trigger: rows,
  },
  {
    name: "session.onGap",
    where: "session 1, onGap",
    add: (session, _client, callback) => session.onGap(callback),
    trigger({ server }, time) {
      const at = BigInt(time);
      const value = { from: at, to: at, reason: GapReason.LOG_TRIMMED, epoch: "e1" };
      server.last.send(to1({ case: "gap", value }));
    },
  },
  {
    name: "session.onBacklogEnd",
    where: "session 1, onBacklogEnd",
    add: (session, _client, callback) => session.onBacklogEnd(callback),
    trigger: ({ server }) => server.last.send(to1({ case: "endOfBacklog", value: {} })),
  },
  {
    name: "session.onStatus",
    where: "session 1, onStatus",
    add: (session, _client, callback) => session.onStatus(callback),
    trigger: cutAndComeBack,
  },
  {
    name: "session.onRejoin",
    where: "session 1, onRejoin",
    add: (session, _client, callback) => session.onRejoin(callback),
    async trigger(bench) {
      const { server } = bench;
      const recovered = server.verdict;
      server.verdict = (sessionId, hello) =>
        sessionId === "1" ? { sessionId, verdict: 4 } : recovered(sessionId, hello);
      await cutAndComeBack(bench);
      server.last.send(joinedMessage("1"));
    },
  },
  {
    name: "session.onThrottled",
    where: "session 1, onThrottled",
    add: (session, _client, callback) => session.onThrottled(callback),
    trigger: ({ server }, rateHz) =>
      server.last.send(to1({ case: "control", value: { action: Action.THROTTLED, rateHz } })),
  },
  {
    name: "session.onError",
    where: "session 1, onError",
    add: (session, _client, callback) => session.onError(callback),
    trigger: ({ server }) => server.last.send(to1({ case: "error", value: { message: "No." } })),
  },
  {
    name: "session.onClose",
    where: "session 1, onClose",
    add: (session, _client, callback) => session.onClose(callback),
    trigger: ({ server }) =>
      server.last.send(to1({ case: "left", value: { code: closeReasons.roomClosed.code } })),
    isLast: true,
  },
  {
    name: "client.onStateChange",
    where: "onStateChange",
    add: (_session, client, callback) => client.onStateChange(callback),
    trigger: cutAndComeBack,
  },
];
