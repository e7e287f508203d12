import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { TokenQuery } from "../../client/index.ts";
import { closeReasons } from "../../shared/close-reason.ts";
import { createClientBench, outcomeOf } from "./bench.ts";

/** A function that gives t1, t2, t3 … and remembers how it was asked. */
function countingTokens() {
  const asked: boolean[] = [];
  const token = ({ fresh }: TokenQuery): string => `t${asked.push(fresh)}`;
  return { asked, token };
}

suite("client: a token that ends", () => {
  test("HS-8: a new one is got and sent before its end, again and again, on the same connection", async () => {
    const bench = createClientBench();
    const { asked, token } = countingTokens();
    bench.server.welcome = { tokenExpiresInMs: 60_000 };
    const client = await bench.connect({ token });
    const { last } = bench.server;
    for (let round = 0; round < 5; round++) {
      await bench.advance(41_000);
      assert.equal(last.all("authenticate").length, round);
      await bench.advance(1_100);
      assert.deepEqual(last.all("authenticate").at(-1)?.value.token, `t${round + 2}`);
      last.send({ body: { case: "authenticated", value: { tokenExpiresInMs: 60_000 } } });
      last.send({ body: { case: "heartbeat", value: { timeMs: 1 } } });
      await bench.settle();
    }
    assert.deepEqual(asked, [false, true, true, true, true, true]);
    assert.equal(bench.server.connections.length, 1);
    await bench.finish(client);
  });

  for (const [what, fail] of [
    ["throws", (): string => assert.fail("no network")],
    ["rejects", () => Promise.reject<string>(new Error("no network"))],
    ["never answers", () => new Promise<string>(() => undefined)],
  ] as const) {
    test(`HS-8: one that cannot be had (the function ${what}) is tried again while there is time`, async () => {
      const bench = createClientBench();
      let tries = 0;
      bench.server.welcome = { tokenExpiresInMs: 60_000, heartbeatIntervalMs: 0 };
      const token = () => (++tries === 2 ? fail() : `t${tries}`);
      const client = await bench.connect({ token });
      await bench.advance(59_500);
      assert.equal(bench.server.last.all("authenticate")[0]?.value.token, "t3");
      assert.deepEqual(
        bench.reported.map(({ where }) => where),
        ["token"],
      );
      assert.equal(bench.server.connections.length, 1);
      await bench.finish(client);
    });
  }

  test("HS-8: a token without an end, and one that is only text, are not renewed", async () => {
    for (const expiresInMs of [0, 60_000]) {
      const bench = createClientBench();
      bench.server.welcome = { tokenExpiresInMs: expiresInMs, heartbeatIntervalMs: 0 };
      const { token } = countingTokens();
      const client = await bench.connect({ token: expiresInMs === 0 ? token : "t1" });
      await bench.advance(59_000);
      assert.deepEqual(bench.server.last.all("authenticate"), []);
      await bench.finish(client);
    }
  });

  test("HS-8: what comes for a connection that is lost is not sent on the next one", async () => {
    const bench = createClientBench();
    bench.server.welcome = { tokenExpiresInMs: 60_000, heartbeatIntervalMs: 0 };
    let give: (token: string) => void = () => undefined;
    let tries = 0;
    const token = () =>
      ++tries === 2 ? new Promise<string>((resolve) => (give = resolve)) : `t${tries}`;
    const client = await bench.connect({ token });
    await bench.advance(43_000);
    bench.server.last.cut();
    await bench.advance(1_000);
    give("late");
    await bench.settle();
    assert.deepEqual(bench.server.last.all("authenticate"), []);
    assert.equal(bench.server.last.hello.token, "t3");
    await bench.finish(client);
  });

  test("HS-9: closed for it, the client asks for a fresh token and resumes", async () => {
    const bench = createClientBench();
    const { asked, token } = countingTokens();
    const client = await bench.connect({ token });
    await bench.join(client);
    bench.server.last.close(closeReasons.tokenExpired);
    await bench.advance(1_000);
    const { hello } = bench.server.last;
    assert.deepEqual([hello.token, hello.resumeToken, hello.sessions.length], ["t2", "token1", 1]);
    assert.deepEqual(asked, [false, true]);
    assert.equal(client.state, "live");
    bench.server.last.cut();
    await bench.advance(1_000);
    assert.deepEqual(asked, [false, true, false]);
    await bench.finish(client);
  });

  test("HS-9: closed for it before Welcome, too", async () => {
    const bench = createClientBench({ welcomes: false });
    const { asked, token } = countingTokens();
    const connecting = bench.start({ token });
    await bench.settle();
    bench.server.last.close(closeReasons.tokenExpired);
    bench.server.welcomes = true;
    await bench.advance(1_000);
    const client = await connecting;
    assert.deepEqual(asked, [false, true]);
    await bench.finish(client);
  });

  test("HS-9: a token that cannot be got anew is final, and so is one that is the same again", async () => {
    for (const [token, reason] of [
      ["t1", closeReasons.tokenExpired],
      [() => "t1", closeReasons.unauthenticated],
      [() => Promise.resolve("t1"), closeReasons.unauthenticated],
    ] as const) {
      const bench = createClientBench();
      const client = await bench.connect({ token });
      const session = await bench.join(client);
      const sending = session.send("say", { text: "hi" });
      bench.server.last.close(closeReasons.tokenExpired);
      await bench.advance(1_000);
      assert.equal(client.closeReason, reason);
      assert.equal(client.state, "closed");
      assert.notEqual(await outcomeOf(sending), "pending");
      assert.equal(bench.server.connections.length, 1);
      await bench.finish(client);
    }
  });

  test("HS-9: no token at this moment is no reason to end: it is asked for again", async () => {
    const bench = createClientBench();
    let tries = 0;
    const token = () => (++tries === 2 ? Promise.reject<string>(new Error("down")) : `t${tries}`);
    const client = await bench.connect({ token });
    bench.server.last.close(closeReasons.tokenExpired);
    await bench.advance(2_000);
    assert.equal(client.state, "live");
    assert.equal(bench.server.last.hello.token, "t3");
    await bench.finish(client);
  });
});
