import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Authenticate } from "../../server/connection/authenticate.ts";
import { createCounters } from "../../server/observe/counters.ts";
import { silentLog } from "../../server/observe/log.ts";
import { createCallers, type Caller } from "../../server/services/http/caller.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { defaultLimits } from "../../shared/limits.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";

const secret = "connect ECONNREFUSED 10.0.0.3:5432";
const plain = "Who you are could not be found out.";
const told = "The token is missing, wrong or expired.";

/** One call of a service, with an `authenticate` that is anything a program may have written. */
async function call(authenticate: () => unknown) {
  const clock = createVirtualClock();
  const counters = createCounters();
  const errors: Error[] = [];
  const callers = createCallers({
    authenticate: authenticate as unknown as Authenticate,
    adminTokens: [],
    limits: defaultLimits,
    clock,
    log: { ...silentLog, error: (fields) => void errors.push((fields as { err: Error }).err) },
    counters,
    onRefused: () => undefined,
  });
  let end: Caller | ConnectError | undefined;
  callers.identifyPeer({ protocol: "http", address: "10.0.0.1:1", metadata: new Map() }).then(
    (caller) => (end = caller),
    (thrown: unknown) => (end = ConnectError.from(thrown)),
  );
  await clock.advanceAsync(defaultLimits.hookTimeoutMs);
  assert.ok(end !== undefined, "the call goes on for ever");
  assert.equal(clock.pendingTimers, 0);
  return { end, errors, failures: counters.handlerErrors };
}

describe("who calls a service", () => {
  const since = new Date(0);
  for (const [how, authenticate, code, message, logged] of [
    [
      "authenticate refuses",
      () => {
        throw new RoomlineError("join-refused", "You are banned.");
      },
      "Unauthenticated",
      `${told} (You are banned)`,
      undefined,
    ],
    [
      "the token names nobody",
      () => null,
      "Unauthenticated",
      `${told} (The token names nobody)`,
      undefined,
    ],
    [
      "authenticate throws",
      () => {
        throw new Error(secret);
      },
      "Unavailable",
      plain,
      secret,
    ],
    ["authenticate rejects", () => Promise.reject(new Error(secret)), "Unavailable", plain, secret],
    [
      "a thenable throws",
      () => ({
        then() {
          throw new Error(secret);
        },
      }),
      "Unavailable",
      plain,
      secret,
    ],
    [
      "authenticate never answers",
      () => new Promise(() => undefined),
      "DeadlineExceeded",
      plain,
      "authenticate did not answer within 10000 ms",
    ],
    [
      "claims are no JSON",
      () => ({ clientId: "ann", claims: { since } }),
      "Internal",
      "The server failed; this is its fault.",
      "authenticate: claims.since is a Date",
    ],
  ] as const) {
    it(`WA-1: ${how}: ${code}`, async () => {
      const { end, errors, failures } = await call(authenticate);
      assert.ok(end instanceof ConnectError);
      assert.deepEqual([Code[end.code], end.rawMessage], [code, message]);
      assert.equal(failures, logged === undefined ? 0 : 1);
      assert.equal(errors.length, failures);
      if (logged !== undefined)
        assert.ok(errors[0]?.message.startsWith(logged), errors[0]?.message);
    });
  }

  it("WA-1: is whoever authenticate says, at once or later", async () => {
    const identity = { clientId: "ann", claims: { rank: 3 } };
    for (const answer of [identity, Promise.resolve(identity)]) {
      const { end, failures } = await call(() => answer);
      assert.deepEqual(
        [end, failures],
        [{ ...identity, expiresAtMs: Infinity, key: "client ann", operator: undefined }, 0],
      );
    }
  });
});
