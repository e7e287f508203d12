import assert from "node:assert/strict";
import { connect, type Client, type ConnectOptions } from "../../client/index.ts";
import { resolveEngineConfig, type EngineOptions } from "../../server/config.ts";
import { createEngine } from "../../server/engine.ts";
import { createSeededRandom } from "../../shared/random.ts";
import { createMemoryDialer } from "../../shared/transport/memory-pair.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";
import { assertQuiescent, countingIds } from "../engine/harness.ts";
import { createEchoRoom, type Trace } from "../engine/rooms.ts";

/** A page in a tab: it is there until the next one comes. */
export interface OpenPage {
  readonly client: Client;
  /** Breaks its connection. */
  cut(): void;
  /** Whether its network is there. */
  setOnline(isOnline: boolean): void;
}

/** A tab: pages one after the other, and what they keep. */
export interface Tab {
  /** What is kept, as `sessionStorage` has it. */
  readonly kept: Map<string, string>;
  /** Loads the page, in place of the one before: that one has no time to say anything, and writes nothing any more. */
  load(options?: Partial<ConnectOptions>): Promise<OpenPage>;
}

/** The engine, and tabs with clients of it, on a virtual clock. */
export function createTabs(options: Partial<EngineOptions> = {}) {
  const trace: Trace = { calls: [] };
  const clock = createVirtualClock();
  const random = createSeededRandom(7);
  const engine = createEngine(
    resolveEngineConfig({
      ...{ clock, random, ids: countingIds(), rooms: { echo: createEchoRoom(trace) } },
      ...options,
    }),
  );
  const reported: { readonly error: unknown; readonly where: string }[] = [];
  const warned: string[] = [];
  const leavings: (() => void)[] = [];
  const settled = async <T>(promise: Promise<T>): Promise<T> => {
    promise.catch(() => undefined);
    await clock.advanceAsync(50);
    return await promise;
  };
  const log = { debug: () => undefined, info: () => undefined };

  /** @param kept default: nothing is kept yet. A tab that is duplicated has a copy */
  function createTab(kept = new Map<string, string>()): Tab {
    let leave = (): void => undefined;
    return {
      kept,
      async load(more = {}) {
        leave();
        let isThere = true;
        const dialer = createMemoryDialer({ acceptor: engine, clock, latencyMs: 5 });
        const persist = {
          getItem: (key: string) => kept.get(key) ?? null,
          setItem(key: string, value: string) {
            if (isThere) kept.set(key, value);
          },
          removeItem(key: string) {
            if (isThere) kept.delete(key);
          },
        };
        const client = await settled(
          connect("memory", {
            ...{ dialer, clock, random, persist },
            log: { ...log, warn: (_fields, text) => isThere && warned.push(text) },
            onError: (error, where) => isThere && reported.push({ error, where }),
            ...more,
          }),
        );
        leave = (): void => {
          isThere = false;
          dialer.refusing = true;
          dialer.cut();
          void client.close();
        };
        leavings.push(leave);
        const setOnline = (isOnline: boolean): void => {
          dialer.refusing = !isOnline;
          if (!isOnline) dialer.cut();
        };
        return { client, cut: () => dialer.cut(), setOnline };
      },
    };
  }

  return {
    clock,
    engine,
    trace,
    reported,
    warned,
    createTab,
    settled,
    pass: (ms = 50) => clock.advanceAsync(ms),
    /** Proves that nothing is left when all pages are gone. */
    async finish(): Promise<void> {
      for (const leave of leavings) leave();
      await clock.advanceAsync(300_000);
      engine.stop();
      clock.advance(1_000);
      assertQuiescent(engine, clock);
      assert.equal(clock.pendingTimers, 0);
    },
  };
}
