import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Authenticate } from "../../server/connection/authenticate.ts";
import { createBench, type HelloSession } from "./harness.ts";
import { createEchoRoom, type Trace } from "./rooms.ts";

/** Tokens are `NAME` or `NAME ISSUED`, in milliseconds since the Unix epoch. */
const authenticate: Authenticate = ({ token }) => {
  const [clientId = "", issued] = token.split(" ");
  return { clientId, ...(issued !== undefined && { issuedAtMs: Number(issued) }) };
};

function createScene(revocationsMax = 10) {
  const trace: Trace = { calls: [] };
  const bench = createBench({
    rooms: { echo: createEchoRoom(trace) },
    authenticate,
    limits: { revocationsMax },
  });
  const connect = (token: string, resumeToken = "", sessions: HelloSession[] = []) => {
    const client = bench.dial({ metadata: { authorization: `Bearer ${token}` } });
    const positions = sessions.map(({ sessionId, epoch, cursor }) => ({
      sessionId,
      position: { epoch, cursor: BigInt(cursor) },
    }));
    const value = { protocolVersion: 1, resumeToken, sessions: positions };
    client.send({ body: { case: "hello", value } });
    return client;
  };
  return { bench, trace, connect };
}

describe("AD-9: a client that is revoked", () => {
  it("loses its connection and its seats at once, with a reason that stays away; others lose nothing", () => {
    const { bench, trace, connect } = createScene();
    const ann = connect("ann");
    const bob = connect("bob");
    ann.join("1", { roomType: "echo" });
    bob.join("1", { roomType: "echo" });
    const ended = bench.engine.revoke("ann", { message: "Enough.", forMs: 1_000 });
    bench.clock.settle();
    assert.equal(ended, 1);
    assert.deepEqual([ann.closeName, ann.closed?.detail], ["forbidden", "Enough."]);
    assert.deepEqual(trace.calls, ["join ann", "join bob", "leave ann left"]);
    assert.equal(bob.closeName, "");
    bench.finish();
  });

  it("loses the seats that wait for it, too, and cannot come back for them", () => {
    const { bench, trace, connect } = createScene();
    const ann = connect("ann");
    ann.join("1", { roomType: "echo" });
    const { epoch } = ann.last("joined");
    ann.cut();
    assert.equal(bench.engine.revoke("ann", { message: "", forMs: 60_000 }), 0);
    bench.clock.settle();
    assert.deepEqual(trace.calls, ["join ann", "drop ann", "leave ann left"]);
    const { resumeToken } = ann.last("welcome");
    const back = connect("ann", resumeToken, [{ sessionId: "1", epoch, cursor: 0 }]);
    assert.equal(back.closeName, "unauthenticated");
    assert.match(back.closed?.detail ?? "", /^token-revoked: /);
    bench.finish();
  });

  it("is refused for the time that was said, but for a token issued since then", () => {
    const { bench, connect } = createScene();
    const nowMs = bench.clock.wallNow();
    bench.engine.revoke("ann", { message: "", forMs: 10_000 });
    assert.equal(connect("ann").closeName, "unauthenticated");
    assert.equal(connect(`ann ${nowMs}`).closeName, "unauthenticated");
    assert.equal(connect(`ann ${nowMs + 1}`).closeName, "");
    assert.equal(connect("anna").closeName, "");
    bench.clock.advance(10_001);
    assert.equal(connect("ann").closeName, "");
    bench.finish();
  });

  it("HS-8: is refused with a new token on its live connection, too", () => {
    const { bench, connect } = createScene();
    const nowMs = bench.clock.wallNow();
    bench.engine.revoke("ann", { message: "", forMs: 10_000 });
    const ann = connect(`ann ${nowMs + 1}`);
    ann.send({ body: { case: "authenticate", value: { token: "ann" } } });
    assert.equal(ann.closeName, "unauthenticated");
    bench.finish();
  });

  it("is one of a bounded number: those that are over make room, the next one is told", () => {
    const { bench } = createScene(2);
    const revoke = (clientId: string, forMs: number) =>
      bench.engine.revoke(clientId, { message: "", forMs });
    revoke("a", 1_000);
    revoke("b", 5_000);
    revoke("b", 5_000);
    assert.throws(() => revoke("c", 1_000), { code: "rate-limited", message: /revocationsMax/ });
    bench.clock.advance(1_001);
    revoke("c", 1_000);
    bench.finish();
  });
});
