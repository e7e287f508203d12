import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Authenticate, Identity } from "../../server/connection/authenticate.ts";
import { Verdict } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { createVirtualClock, type VirtualClock } from "../../testing/virtual-clock.ts";
import { createBench, type WireClient } from "./harness.ts";
import { createEchoRoom, type Trace } from "./rooms.ts";

/**
 * Tokens are `NAME LIFETIME`, counted from when they are shown; `wrong` is refused, `over` is expired, `broken` makes it fail, and
 * `later NAME LIFETIME` takes until `answer` is called.
 */
function createScene() {
  const clock = createVirtualClock();
  const trace: Trace = { calls: [] };
  const waiting: (() => void)[] = [];
  const asked: string[] = [];
  const authenticate: Authenticate = ({ token, clientId, peer }) => {
    asked.push(`${token}|${clientId}|${[...peer.metadata.keys()].join()}`);
    const [first = "", ...rest] = token.split(" ");
    if (first === "wrong") throw new RoomlineError("token-signature", "token-signature: no.");
    if (first === "over")
      throw new RoomlineError("token-expired", "token-expired: the token is over.");
    if (first === "broken") throw new Error("no database");
    if (first === "never") return new Promise(() => undefined);
    if (first !== "later") return identityOf(token, clock);
    return new Promise((resolve) => {
      waiting.push(() => resolve(identityOf(rest.join(" "), clock)));
    });
  };
  const bench = createBench({
    clock,
    rooms: {
      echo: createEchoRoom(trace, {
        authorize: ({ claims }) => void trace.calls.push(`claims ${JSON.stringify(claims)}`),
      }),
    },
    authenticate,
    // These clients answer no heartbeats.
    limits: { receiveTimeoutMs: 1e9, inactivityMs: 1e9, hookTimeoutMs: 2_000 },
  });
  const connect = (token: string, hello: { resumeToken?: string } = {}): WireClient => {
    const client = bench.dial({ metadata: { authorization: `Bearer ${token}`, "x-from": "here" } });
    client.send({
      body: { case: "hello", value: { protocolVersion: 1, clientId: "me", ...hello } },
    });
    return client;
  };
  const answer = async (): Promise<void> => {
    waiting.shift()?.();
    await clock.settleAsync();
  };
  return { bench, clock, trace, asked, connect, answer };
}

function identityOf(token: string, clock: VirtualClock): Identity {
  const [clientId = "", lifetimeMs = "0"] = token.split(" ");
  const expiresAtMs = clock.wallNow() + Number(lifetimeMs);
  return { clientId, claims: { token }, ...(lifetimeMs !== "0" && { expiresAtMs }) };
}

const renew = (client: WireClient, token: string) =>
  client.send({ body: { case: "authenticate", value: { token } } });
const expiresIn = (client: WireClient) => client.last("authenticated").tokenExpiresInMs;

describe("a token that ends", () => {
  it("HS-9: Welcome says when, and then the connection closes with a reason that asks for a new one", () => {
    const { bench, clock, trace, connect } = createScene();
    const ann = connect("ann 60000");
    assert.equal(ann.last("welcome").tokenExpiresInMs, 60_000);
    ann.join("1", { roomType: "echo" });
    clock.advance(59_900);
    assert.equal(ann.closeName, "");
    clock.advance(200);
    assert.equal(ann.closeName, "token-expired");
    assert.equal(ann.closed?.reason.action, "resume");
    assert.equal(trace.calls.at(-1), "drop ann");
    bench.finish();
  });

  it("HS-9: whoever comes back with a new one has missed nothing", () => {
    const { bench, clock, connect } = createScene();
    const bob = connect("bob 0");
    bob.join("1", { roomType: "echo" });
    const ann = connect("ann 5000");
    ann.join("1", { roomType: "echo" });
    clock.advance(5_100);
    bob.input("1", 1, "meanwhile");
    const back = bench.dial({ metadata: { authorization: "Bearer ann 5000" } });
    const { epoch } = ann.last("joined");
    const sessions = [{ sessionId: "1", position: { epoch, cursor: 0n, stateTick: 0n } }];
    const { resumeToken } = ann.last("welcome");
    back.send({ body: { case: "hello", value: { protocolVersion: 1, resumeToken, sessions } } });
    assert.equal(back.verdicts()[0]?.verdict, Verdict.RECOVERED);
    assert.deepEqual(back.texts("1"), ["meanwhile"]);
    bench.finish();
  });

  it("HS-9: one that is over already is told in the same way, whoever finds out", () => {
    const { bench, connect } = createScene();
    assert.equal(connect("over").closeName, "token-expired");
    const late = connect("ann -1");
    assert.equal(late.closeName, "token-expired");
    assert.deepEqual(late.kinds(), []);
    bench.finish();
  });

  it("HS-9: the wall clock counts, also when it is set", () => {
    const { bench, clock, connect } = createScene();
    const ann = connect("ann 60000");
    const wall = clock.wallNow.bind(clock);
    let setMs = -3_600_000;
    clock.wallNow = () => wall() + setMs;
    clock.advance(61_000);
    assert.equal(ann.closeName, "");
    setMs = 0;
    clock.advance(600_000);
    assert.equal(ann.closeName, "token-expired");
    bench.finish();
  });

  it("HS-8: one without an end says so, and one that is far away does not end at once", () => {
    const { bench, clock, connect } = createScene();
    assert.equal(connect("ann 0").last("welcome").tokenExpiresInMs, 0);
    const year = 365 * 86_400_000;
    const bob = connect(`bob ${year}`);
    assert.equal(bob.last("welcome").tokenExpiresInMs, 2 ** 32 - 1);
    clock.advance(1_000);
    assert.equal(bob.closeName, "");
    bench.finish();
  });
});

describe("HS-8: a new token for a live connection", () => {
  it("is answered with how long it is good; the old end is forgotten, and the new claims count for the next room", () => {
    const { bench, clock, trace, asked, connect } = createScene();
    const ann = connect("ann 10000");
    ann.join("1", { roomType: "echo" });
    clock.advance(8_000);
    renew(ann, "ann 10001");
    assert.equal(expiresIn(ann), 10_001);
    clock.advance(9_000);
    assert.equal(ann.closeName, "");
    ann.join("2", { roomType: "echo", mode: 2 });
    assert.deepEqual(
      trace.calls.filter((call) => call.startsWith("claims")),
      ['claims {"token":"ann 10000"}', 'claims {"token":"ann 10001"}'],
    );
    // The name is the one it is known by; the header with the first token is not kept.
    assert.deepEqual(asked, ["ann 10000|me|authorization,x-from", "ann 10001|ann|x-from"]);
    clock.advance(1_100);
    assert.equal(ann.closeName, "token-expired");
    bench.finish();
  });

  it("breaks nothing: what is under way goes on in order", () => {
    const { bench, clock, connect } = createScene();
    const ann = connect("ann 1000");
    ann.join("1", { roomType: "echo" });
    for (let seq = 1; seq <= 40; seq++) {
      clock.advance(300);
      ann.input("1", seq, `${seq}`);
      renew(ann, "ann 1000");
    }
    clock.advance(100);
    assert.deepEqual(
      ann.texts("1"),
      Array.from({ length: 40 }, (_, index) => `${index + 1}`),
    );
    assert.equal(ann.all("authenticated").length, 40);
    assert.equal(ann.closeName, "");
    bench.finish();
  });

  for (const [what, token, reason, detail] of [
    ["another client's", "bob 9000", "unauthenticated", "The new token is another client's."],
    ["wrong", "wrong", "unauthenticated", "token-signature: no."],
    ["over", "over", "token-expired", "token-expired: the token is over."],
    ["over by its own account", "ann -5", "token-expired", ""],
  ] as const) {
    it(`that is ${what} closes with ${reason}`, () => {
      const { bench, connect } = createScene();
      const ann = connect("ann 10000");
      renew(ann, token);
      assert.deepEqual([ann.closeName, ann.closed?.detail], [reason, detail]);
      bench.finish();
    });
  }

  it("that cannot be looked at now leaves the old one as it is", () => {
    const { bench, clock, connect } = createScene();
    const ann = connect("ann 10000");
    clock.advance(4_000);
    renew(ann, "broken");
    assert.equal(expiresIn(ann), 6_000);
    assert.equal(bench.engine.counters.handlerErrors, 1);
    clock.advance(6_100);
    assert.equal(ann.closeName, "token-expired");
    bench.finish();
  });

  it("may take its time, of several that come meanwhile the newest counts, and a closed connection is left alone", async () => {
    const { bench, clock, asked, connect, answer } = createScene();
    const ann = connect("ann 60000");
    renew(ann, "later ann 1");
    renew(ann, "wrong");
    renew(ann, "later ann 70000");
    assert.deepEqual(ann.all("authenticated"), []);
    await answer();
    await answer();
    assert.equal(expiresIn(ann), 70_000);
    assert.deepEqual(
      asked.map((one) => one.split("|")[0]),
      ["ann 60000", "later ann 1", "later ann 70000"],
    );
    renew(ann, "later bob 1");
    ann.cut();
    await answer();
    assert.equal(ann.closeName, "connection-lost");
    clock.advance(1_000);
    bench.finish();
  });

  it("that is never answered is given up after hookTimeoutMs, and the next one counts", async () => {
    const { bench, clock, connect } = createScene();
    const ann = connect("ann 60000");
    renew(ann, "never");
    await clock.advanceAsync(2_100);
    assert.equal(expiresIn(ann), 58_000);
    renew(ann, "ann 80000");
    assert.equal(expiresIn(ann), 80_000);
    bench.finish();
  });

  it("costs as much as many messages: a flood of them is a flood", () => {
    const { bench, clock, connect } = createScene();
    const ann = connect("ann 0");
    for (let round = 0; round < 4_000 && ann.closeName === ""; round++) {
      renew(ann, "ann 0");
      if (round % 50 === 49) clock.advance(1_000);
    }
    assert.equal(ann.closeName, "flood");
    bench.finish();
  });

  it("is not needed in dev mode: it has no end", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const ann = bench.connect("ann");
    renew(ann, "anything");
    assert.equal(expiresIn(ann), 0);
    bench.finish();
  });
});
