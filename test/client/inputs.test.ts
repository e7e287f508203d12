import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { closeReasons } from "../../shared/close-reason.ts";
import { Codec, ErrorCode, Verdict } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { createClientBench, joinedMessage, lobby, outcomeOf, said, stateMessage } from "./bench.ts";

const ack = (inputAck: number) => ({ sessionId: "1", inputAck: BigInt(inputAck) });
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

suite("client: inputs", () => {
  test("IN-1, IN-2: numbered from 1, resolved by an acknowledgement on any message", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const [a, b, c] = ["a", "b", "c"].map((text) => session.send("say", { text }));
    assert.ok(a && b && c);
    await bench.settle();
    assert.deepEqual(
      bench.server.last.all("input").map(({ value }) => [value.seq, value.kind, value.wantsReply]),
      [
        [1n, 2, false],
        [2n, 2, false],
        [3n, 2, false],
      ],
    );
    bench.server.last.send({ ...said(1), inputAck: 2n });
    await bench.settle();
    assert.equal(await outcomeOf(b), "resolved");
    assert.equal(await outcomeOf(a), "resolved");
    assert.equal(await outcomeOf(c), "pending");
    assert.equal(session.pendingInputs, 1);
    bench.server.last.send(ack(3));
    await bench.settle();
    assert.equal(await outcomeOf(c), "resolved");
    await bench.finish(client);
  });

  test("IN-2: what is held until the join has been told holds up who is told of it", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const shown = async (what: "send" | "request") => {
      const session = await client.join(lobby, { roomType: "lobby" });
      await (what === "send"
        ? session.send("say", { text: "first words" })
        : session.request("buy", { text: "first things" }));
      return session.state.players.get("ann")?.x;
    };
    for (const [what, answer] of [
      ["send", {}],
      [
        "request",
        { body: { case: "reply", value: { seq: 1n, payload: bytes({ text: "sold" }) } } },
      ],
    ] as const) {
      const showing = shown(what);
      await bench.settle();
      const sessionId = bench.server.last.all("join").at(-1)?.sessionId ?? "";
      bench.server.last.send(joinedMessage(sessionId));
      bench.clock.runDeferred();
      await new Promise(setImmediate);
      // The answer is as quick as can be: what waits for the join to be told is still held.
      bench.server.last.send(
        { ...stateMessage(5, 0, 7), sessionId },
        { ...answer, sessionId, inputAck: 1n },
      );
      bench.clock.runDeferred();
      await bench.settle();
      assert.equal(await showing, 7);
    }
    await bench.finish(client);
  });

  test("everything sent in one turn goes out as one frame, over all sessions", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const one = await bench.join(client);
    const two = await bench.join(client);
    await bench.settle();
    const before = bench.server.last.frames.length;
    for (let count = 0; count < 5; count++) void one.send("steer", { dx: 1 });
    for (let count = 0; count < 5; count++) void two.send("steer", { dx: 1 });
    await bench.settle();
    assert.deepEqual(bench.server.last.frames.slice(before), [10]);
    await bench.finish(client);
  });

  test("IN-3: at unacked_inputs_max sends are rejected, connected or not, and go on after an acknowledgement", async () => {
    const bench = createClientBench();
    bench.server.welcome = { limits: { unackedInputsMax: 3, pendingRepliesMax: 2 } };
    const client = await bench.connect();
    const session = await bench.join(client);
    const send = () => session.send("say", { text: "" });
    const sent = [send(), send()];
    await bench.settle();
    bench.server.last.cut();
    await bench.settle();
    sent.push(send());
    assert.equal(await outcomeOf(send()), "too-many-unacked-inputs");
    await bench.advance(1_000);
    assert.equal(await outcomeOf(send()), "too-many-unacked-inputs");
    bench.server.last.send(ack(3));
    await bench.settle();
    assert.equal(await outcomeOf(Promise.all(sent)), "resolved");
    const requests = [1, 2].map(() => session.request("buy", { text: "" }));
    assert.equal(
      await outcomeOf(session.request("buy", { text: "" })),
      "too-many-unacked-inputs",
      "pending_replies_max",
    );
    assert.deepEqual(await Promise.all(requests.map(outcomeOf)), ["pending", "pending"]);
    await bench.finish(client);
  });

  test("a rejection nobody looks at is no unhandled one", async () => {
    const unhandled: unknown[] = [];
    const listen = (error: unknown): unknown => unhandled.push(error);
    process.on("unhandledRejection", listen);
    const bench = createClientBench();
    bench.server.welcome = { limits: { unackedInputsMax: 1 } };
    const client = await bench.connect();
    const session = await bench.join(client);
    for (let count = 0; count < 3; count++) {
      void session.send("say", { text: "" });
      void session.request("buy", { text: "" });
    }
    void session.pause();
    void session.setRate(-1);
    await bench.finish(client);
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", listen);
    assert.deepEqual(unhandled, []);
  });

  test("IN-4: a request resolves with its typed reply, or rejects with the error it was answered with", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const good = session.request("buy", { text: "sword" });
    const bad = session.request("buy", { text: "moon" });
    const odd = session.request("buy", { text: "?" });
    await bench.settle();
    assert.deepEqual(
      bench.server.last.all("input").map(({ value }) => [value.seq, value.wantsReply]),
      [
        [1n, true],
        [2n, true],
        [3n, true],
      ],
    );
    bench.server.last.send(
      ack(3),
      {
        sessionId: "1",
        body: {
          case: "reply",
          value: { seq: 2n, error: { code: ErrorCode.JOIN_REFUSED, message: "Not for sale." } },
        },
      },
      {
        sessionId: "1",
        body: { case: "reply", value: { seq: 1n, payload: bytes({ text: "ok" }) } },
      },
      { sessionId: "1", body: { case: "reply", value: { seq: 3n, payload: bytes(5) } } },
    );
    await assert.rejects(
      async () => {
        await bench.settle();
        await bad;
      },
      { code: "join-refused", message: "Not for sale." },
    );
    assert.deepEqual(await good, { text: "ok" });
    assert.equal(await outcomeOf(odd), "invalid-payload");
    assert.equal(session.pendingInputs, 0);
    await bench.finish(client);
  });

  test("a request gives up after timeoutMs, and leaves no timer when answered", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const slow = session.request("buy", { text: "" }, { timeoutMs: 500 });
    await bench.advance(499);
    assert.equal(await outcomeOf(slow), "pending");
    await bench.advance(1);
    assert.equal(await outcomeOf(slow), "unavailable");
    const before = bench.clock.pendingTimers;
    const quick = session.request("buy", { text: "" }, { timeoutMs: 500 });
    await bench.settle();
    const payload = bytes({ text: "" });
    bench.server.last.send({
      sessionId: "1",
      body: { case: "reply", value: { seq: 2n, payload } },
    });
    await bench.settle();
    assert.equal(await outcomeOf(quick), "resolved");
    assert.equal(bench.clock.pendingTimers, before);
    await bench.finish(client);
  });

  test("IN-5: an ephemeral input has seq 0, is not waited for, and is lost with the connection", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    assert.equal(
      await outcomeOf(session.send("steer", { dx: 1 }, { ephemeral: true })),
      "resolved",
    );
    await bench.settle();
    assert.equal(bench.server.last.all("input")[0]?.value.seq, 0n);
    bench.server.last.cut();
    await bench.settle();
    assert.equal(await outcomeOf(session.send("steer", {}, { ephemeral: true })), "resolved");
    await bench.advance(1_000);
    assert.equal(bench.server.last.all("input").length, 0);
    assert.equal(session.pendingInputs, 0);
    await bench.finish(client);
  });

  test("FR-3: frames stay below frame_bytes_max; a payload that cannot is refused by name", async () => {
    const bench = createClientBench();
    bench.server.welcome = { limits: { frameBytesMax: 1_000 } };
    const client = await bench.connect();
    const session = await bench.join(client);
    for (let count = 0; count < 10; count++) void session.send("say", { text: "x".repeat(300) });
    assert.equal(
      await outcomeOf(session.send("say", { text: "x".repeat(1_000) })),
      "frame-too-large",
    );
    await bench.settle();
    const inputs = bench.server.last.all("input").map(({ value }) => value.seq);
    assert.deepEqual(inputs, [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n, 10n]);
    assert.ok(Math.max(...bench.server.last.frameBytes) <= 1_000);
    assert.ok(bench.server.last.frames.includes(3), "frames are filled");
    await bench.finish(client);
  });

  test("a payload that does not fit its type is refused here", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const wrong: unknown = { dx: "left" };
    const send = session.send.bind(session) as (kind: string, payload: unknown) => Promise<void>;
    assert.equal(await outcomeOf(send("steer", wrong)), "invalid-payload");
    assert.equal(await outcomeOf(send("nothing", {})), "unknown-kind");
    await bench.finish(client);
  });

  test("kinds have the numbers the server gave them; one it does not have is unknown", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const joining = client.join(lobby, { roomType: "lobby" });
    const contract = { inputs: [{ name: "say", number: 9, codec: Codec.JSON }] };
    const value = { roomId: "r", epoch: "e", verdict: Verdict.FRESH, contract };
    await bench.settle();
    bench.server.last.send({ sessionId: "1", body: { case: "joined", value } });
    await bench.settle();
    const session = await joining;
    void session.send("say", { text: "" });
    await bench.settle();
    assert.equal(bench.server.last.all("input")[0]?.value.kind, 9);
    assert.equal(await outcomeOf(session.send("steer", {})), "unknown-kind");
    await bench.finish(client);
  });

  test("IN-6, FL-2: an Error rejects the input it names, and goes to onError, or to the client's when nobody listens", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const outcomes = ["a", "b"].map((text) => session.send("say", { text }));
    await bench.settle();
    const error = {
      case: "error" as const,
      value: { code: ErrorCode.INPUT_DROPPED, message: "Too many inputs.", inputSeq: 1n },
    };
    bench.server.last.send({ sessionId: "1", body: error }, ack(2));
    await bench.settle();
    assert.deepEqual(await Promise.all(outcomes.map(outcomeOf)), ["input-dropped", "resolved"]);
    assert.equal(bench.reported.length, 1);
    const heard: string[] = [];
    session.onError(({ code }) => heard.push(code));
    const third = session.send("say", { text: "c" });
    // The first is told again, as after a resume: nobody waits for it any more.
    const again = { case: "error" as const, value: { ...error.value, inputSeq: 3n } };
    bench.server.last.send({ sessionId: "1", body: error }, { sessionId: "1", body: again });
    third.catch(() => undefined);
    await bench.settle();
    assert.equal(await outcomeOf(third), "input-dropped");
    assert.deepEqual(heard, ["input-dropped"]);
    assert.equal(bench.reported.length, 1);
    assert.equal(session.status, "active");
    await bench.finish(client);
  });

  test("IN-6: unknown-session for a session that is there means a resume", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    await bench.join(client);
    const error = {
      case: "error" as const,
      value: { code: ErrorCode.UNKNOWN_SESSION, message: "" },
    };
    bench.server.last.send({ sessionId: "1", body: error });
    await bench.advance(1_000);
    assert.equal(bench.server.connections.length, 2);
    assert.equal(bench.server.last.hello.sessions[0]?.sessionId, "1");
    await bench.finish(client);
  });

  test("JN-7, JN-8: what was sent before leave() still goes out; Left ends the session", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const ends: unknown[] = [];
    session.onClose(({ reason, detail, mayRejoin }) => ends.push([reason.name, detail, mayRejoin]));
    const bye = session.send("say", { text: "bye" });
    const leaving = session.leave();
    assert.equal(await outcomeOf(session.send("say", { text: "late" })), "session-closed");
    await bench.settle();
    assert.deepEqual(
      bench.server.last.take().flatMap(({ body }) => body.case ?? []),
      ["hello", "heartbeat", "join", "input", "leave"],
    );
    const left = { code: closeReasons.left.code, reason: "So long.", mayRejoin: true };
    bench.server.last.send(
      { ...said(1), inputAck: 1n },
      { sessionId: "1", body: { case: "left", value: left } },
    );
    await bench.settle();
    await leaving;
    assert.equal(await outcomeOf(bye), "resolved");
    assert.deepEqual(ends, [["left", "So long.", true]]);
    assert.equal(session.status, "closed");
    assert.equal(client.sessions.size, 0);
    assert.equal(client.state, "live");
    // The id is free again.
    await bench.join(client, { sessionId: "1" });
    await bench.finish(client);
  });

  test("JN-8: a session the room ends rejects what waits", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const waits = session.send("say", { text: "" });
    const left = { code: closeReasons.kicked.code, reason: "Rude.", mayRejoin: false };
    bench.server.last.send({ sessionId: "1", body: { case: "left", value: left } });
    await bench.settle();
    assert.equal(await outcomeOf(waits), "session-closed");
    await assert.rejects(session.send("say", { text: "" }), /kicked.*Rude/);
    await assert.rejects(session.pause(), { code: "session-closed" });
    await session.leave();
    await bench.finish(client);
  });
});
