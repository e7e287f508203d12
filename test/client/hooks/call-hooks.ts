import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import type {
  CallDialer,
  ClientLog,
  LobbyOptions,
  RoomsWatchHandlers,
  WatchOptions,
} from "../../../client/index.ts";
import { LobbyService } from "../../../shared/gen/roomline/v1/lobby_pb.ts";
import { WatchService } from "../../../shared/gen/roomline/v1/watch_pb.ts";
import { createVirtualClock } from "../../../testing/index.ts";
import { silent } from "./connect-hooks.ts";
import type { Culprit } from "./misdeeds.ts";

/** A server whose watches bring two events, a gap and the end of a backlog, and whose lists bring a room; then they break. */
export function createCalls() {
  const clock = createVirtualClock();
  let break_: () => void = () => undefined;
  let broken = new Promise<void>((resolve) => (break_ = resolve));
  const lost = async (): Promise<never> => {
    await broken;
    throw new ConnectError("Lost.", Code.Unavailable);
  };
  let lists = 0;
  const transport = createRouterTransport((router) => {
    router.service(WatchService, {
      async *watch({ cursor }) {
        const first = BigInt(cursor === "" ? 0 : cursor) + 1n;
        const data = (number: bigint) => {
          const at = String(number);
          const json = { case: "json" as const, value: at };
          const events = [{ cursor: at, number, kind: "number", payload: json }];
          return { cursor: at, message: { case: "data" as const, value: { events } } };
        };
        const started = { watchId: "w", epoch: "e1", heartbeatIntervalMs: 20_000 };
        yield { cursor, message: { case: "started", value: started } };
        yield data(first);
        yield { cursor: String(first), message: { case: "gap", value: {} } };
        yield { cursor: String(first), message: { case: "endOfBacklog", value: {} } };
        yield data(first + 1n);
        yield await lost();
      },
    });
    router.service(LobbyService, {
      async *watchRooms() {
        yield { rooms: [{ roomId: `r${++lists}` }], heartbeatIntervalMs: 20_000 };
        yield await lost();
      },
      listRooms: () => ({ rooms: [{ roomId: "r" }] }),
    });
  });
  const logged: { error: unknown; where: string }[] = [];
  const log: ClientLog = {
    ...silent,
    warn(fields, message) {
      const error: unknown = "err" in fields ? fields.err : undefined;
      logged.push({ error, where: message.replace("roomline: ", "") });
    },
  };
  const dialer: CallDialer = { target: "test", dial: () => ({ transport, close() {} }) };
  return {
    clock,
    dialer,
    transport,
    log,
    logged,
    /** Breaks all calls, and lets who likes come back. */
    async break() {
      break_();
      broken = new Promise<void>((resolve) => (break_ = resolve));
      await clock.advanceAsync(12_000);
    },
  };
}

export type Calls = ReturnType<typeof createCalls>;

/** An option or callback of a watch or a lobby. */
export interface CallHook<Options> {
  readonly name: string;
  readonly where: string;
  options(culprit: Culprit, calls: Calls): Partial<Options>;
  /** It is called once only; the next try goes well. */
  readonly isOnce?: boolean;
  /** The next message waits for it (rule WA-10). */
  readonly isWaitedFor?: boolean;
}

/** The ways of calls, as far as they are the user's: the same for watches and lobbies. */
export const wayHooks: readonly CallHook<Pick<LobbyOptions, "token" | "dialer">>[] = [
  {
    name: "token",
    where: "token",
    options: (culprit) => ({
      token: () => (culprit.calls === 0 ? culprit.act() : Promise.resolve("secret")),
    }),
    isOnce: true,
  },
  {
    name: "a dialer",
    where: "dialer",
    options: (culprit, { dialer }) => ({
      dialer: {
        target: "test",
        dial: () => (culprit.calls === 0 ? culprit.act() : dialer.dial()),
      },
    }),
    isOnce: true,
  },
  {
    name: "the end of a line",
    where: "dialer",
    options: (culprit, { transport }) => ({
      dialer: {
        target: "test",
        dial: () => ({ transport, close: () => culprit.act<undefined>() }),
      },
    }),
  },
];

export const watchHooks: readonly CallHook<WatchOptions>[] = [
  {
    name: "onEvent",
    where: "watch.onEvent",
    options: (culprit) => ({ onEvent: () => culprit.act() }),
    isWaitedFor: true,
  },
  {
    name: "onGap",
    where: "watch.onGap",
    options: (culprit) => ({ onGap: () => culprit.act() }),
    isWaitedFor: true,
  },
  {
    name: "onEndOfBacklog",
    where: "watch.onEndOfBacklog",
    options: (culprit) => ({ onEndOfBacklog: () => culprit.act() }),
    isWaitedFor: true,
  },
  {
    name: "onStatus",
    where: "watch.onStatus",
    options: (culprit) => ({ onStatus: () => culprit.act() }),
  },
  {
    name: "onError",
    where: "onError",
    options: (culprit) => ({
      onError: () => culprit.act(),
      onEvent() {
        throw new Error("So that onError is called.");
      },
    }),
  },
  ...wayHooks,
];

export const listHooks: readonly CallHook<RoomsWatchHandlers & LobbyOptions>[] = [
  {
    name: "onChange",
    where: "watchRooms.onChange",
    options: (culprit) => ({ onChange: () => culprit.act() }),
  },
  {
    name: "onStatus",
    where: "watchRooms.onStatus",
    options: (culprit) => ({ onStatus: () => culprit.act() }),
  },
  {
    name: "a logger",
    where: "",
    options(culprit) {
      const act = () => culprit.act<undefined>();
      const onChange = (): void => {
        throw new Error("So that it is logged.");
      };
      return { log: { debug: act, info: act, warn: act }, onChange };
    },
  },
  ...wayHooks,
];
