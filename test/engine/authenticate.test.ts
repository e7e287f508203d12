import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Authenticate } from "../../server/connection/authenticate.ts";
import type { Log } from "../../server/observe/log.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { createBench } from "./harness.ts";
import { createEchoRoom } from "./rooms.ts";

const secret = "connect ECONNREFUSED 10.0.0.3:5432";
const plain = "Who you are could not be found out.";

/** What a log was told at error level. */
function errorLog(): { readonly log: Log; readonly errors: Record<string, unknown>[] } {
  const errors: Record<string, unknown>[] = [];
  const ignore = (): void => undefined;
  const log: Log = {
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: (fields) => void errors.push(fields as Record<string, unknown>),
    child: () => log,
  };
  return { log, errors };
}

/** A bench whose `authenticate` is anything a program may have written. */
function benchWith(authenticate: (fail: () => never) => unknown) {
  const { log, errors } = errorLog();
  const bench = createBench({
    rooms: { echo: createEchoRoom() },
    log,
    authenticate: (() =>
      authenticate(() => {
        throw new Error(secret);
      })) as unknown as Authenticate,
  });
  return { bench, errors };
}

const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const throwing = (message: string) => ({
  get() {
    throw new Error(message);
  },
  getPrototypeOf() {
    throw new Error(message);
  },
});

describe("HS-3: an authenticate that fails", () => {
  for (const [how, authenticate] of [
    ["throws", (fail: () => never) => fail()],
    [
      "throws undefined",
      () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- what programs do
        throw undefined;
      },
    ],
    [
      "throws what cannot be looked at",
      () => {
        throw new Proxy(new Error(secret), throwing(secret));
      },
    ],
    [
      "throws an error of ours that it did not make on purpose",
      () => {
        throw RoomlineError.from(new Error(secret));
      },
    ],
    ["rejects", () => Promise.reject(new Error(secret))],
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what programs do
    ["rejects with undefined", () => Promise.reject()],
    ["rejects later", (fail: () => never) => later().then(fail)],
    [
      "returns a thenable that throws",
      (fail: () => never) => ({
        then() {
          fail();
        },
      }),
    ],
    [
      "returns a thenable that rejects",
      () => ({
        then(_: unknown, reject: (thrown: unknown) => void) {
          reject(new Error(secret));
        },
      }),
    ],
    [
      "returns a thenable whose then cannot be looked at",
      (fail: () => never) => ({
        get then() {
          return fail();
        },
      }),
    ],
    ["returns what cannot be looked at", () => new Proxy({}, throwing(secret))],
    [
      "resolves to what cannot be looked at",
      async () =>
        later().then(() => ({
          get clientId() {
            throw new Error(secret);
          },
        })),
    ],
    ["returns a string", () => "ann"],
    ["returns a number as the name", () => ({ clientId: 42 })],
    ["resolves to nothing like an identity", () => Promise.resolve({ user: "ann" })],
  ] as const) {
    it(`is told as that and no more, logged with its stack, and counted, when it ${how}`, async () => {
      const { bench, errors } = benchWith(authenticate);
      const client = bench.connect("ann");
      await bench.clock.settleAsync();
      await bench.clock.settleAsync();
      assert.equal(client.closeName, "auth-unavailable");
      assert.equal(client.closed?.detail, plain);
      assert.equal(bench.engine.counters.handlerErrors, 1);
      assert.equal(errors.length, 1);
      assert.match(String((errors[0]?.["err"] as Error).stack), /at /);
      bench.finish();
    });
  }

  for (const [how, authenticate] of [
    ["null", () => null],
    ["undefined", () => Promise.resolve(undefined)],
    ["an empty name", () => ({ clientId: "" })],
  ] as const) {
    it(`HS-6: is not what one is that returns ${how}: it does not know the token`, async () => {
      const { bench, errors } = benchWith(authenticate);
      const client = bench.connect("ann");
      await bench.clock.settleAsync();
      assert.equal(client.closeName, "unauthenticated");
      assert.equal(client.closed?.detail, "The token names nobody.");
      assert.deepEqual(errors, []);
      bench.finish();
    });
  }

  it("a thenable that is no Promise is waited for", async () => {
    const { bench } = benchWith(() => ({
      then(resolve: (identity: object) => void) {
        resolve({ clientId: "bob" });
      },
    }));
    const client = bench.connect("ann");
    await bench.clock.settleAsync();
    assert.equal(client.last("welcome").clientId, "bob");
    bench.finish();
  });

  for (const [how, settle] of [
    ["never answers", () => undefined],
    ["resolves too late", (resolve: (identity: object) => void) => resolve({ clientId: "ann" })],
    [
      "rejects too late",
      (_: unknown, reject: (thrown: Error) => void) => reject(new Error(secret)),
    ],
  ] as const) {
    it(`HS-1: the hello timeout ends it when it ${how}, and what comes then does nothing`, async () => {
      let settleNow = (): void => undefined;
      const { bench, errors } = benchWith(
        () =>
          new Promise<object>((resolve, reject) => {
            settleNow = () => {
              settle(resolve, reject);
            };
          }),
      );
      const client = bench.connect("ann");
      await bench.clock.advanceAsync(9_900);
      assert.equal(client.closeName, "");
      await bench.clock.advanceAsync(200);
      assert.equal(client.closeName, "hello-timeout");
      assert.equal(client.closed?.detail, plain);
      settleNow();
      await bench.clock.settleAsync();
      assert.deepEqual(client.kinds(), []);
      assert.equal(bench.engine.sessions.clientCount, 0);
      assert.equal(errors.length, 1, "the operator is told once that it was late");
      assert.equal(bench.engine.counters.handlerErrors, 1);
      bench.finish();
    });
  }
});

describe("HS-3: claims", () => {
  for (const [claims, said] of [
    [{ since: new Date(0) }, "claims.since is a Date"],
    [{ roles: [1, 2n] }, "claims.roles[1] is a bigint"],
    [() => true, "claims is a function"],
  ] as const) {
    it(`are JSON: "${said}" is the server's mistake, in its log and nowhere else`, async () => {
      for (const identity of [
        { clientId: "ann", claims },
        Promise.resolve({ clientId: "ann", claims }),
      ]) {
        const { bench, errors } = benchWith(() => identity);
        const client = bench.connect("ann");
        await bench.clock.settleAsync();
        assert.equal(client.closeName, "internal-error");
        assert.doesNotMatch(client.closed?.detail ?? "", /claims/);
        assert.equal(bench.engine.counters.handlerErrors, 1);
        const error = errors[0]?.["err"];
        assert.ok(error instanceof RoomlineError);
        assert.equal(error.code, "invalid-use");
        assert.ok(error.message.startsWith(`authenticate: ${said}`), error.message);
        bench.finish();
      }
    });
  }

  it("may be left out, and so may their members", () => {
    for (const claims of [undefined, null, { rank: undefined }, { rank: 3 }]) {
      const { bench } = benchWith(() => ({ clientId: "ann", claims }));
      assert.equal(bench.connect("ann").last("welcome").clientId, "ann");
      bench.finish();
    }
  });
});
