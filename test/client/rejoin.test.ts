import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { closeReasons } from "../../shared/close-reason.ts";
import { ErrorCode, GapReason, Verdict } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { createClientBench, joinedMessage, lobby, outcomeOf, said, stateMessage } from "./bench.ts";

suite("client: rejoin", () => {
  test("RS-4: GONE rejects what waits, joins again with the last position, and numbers inputs from 1", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client, { options: { team: 1 } });
    const statuses: string[] = [];
    const rejoins: unknown[] = [];
    const gaps: unknown[] = [];
    session.onStatus((status) => statuses.push(status));
    session.onRejoin((info) => rejoins.push(info));
    session.onGap(({ reason }) => gaps.push(reason));
    bench.server.last.send(said(1), stateMessage(9, 0, 1));
    await bench.settle();
    const lost = session.send("say", { text: "lost" });
    const asked = session.request("buy", { text: "lost" });
    bench.server.verdict = (sessionId) => ({ sessionId, verdict: Verdict.GONE });
    await bench.settle();
    bench.server.last.cut();
    await bench.advance(1_000);
    assert.equal(await outcomeOf(lost), "session-gone");
    assert.equal(await outcomeOf(asked), "session-gone");
    const [join] = bench.server.last.all("join");
    assert.equal(join?.sessionId, "1");
    assert.equal(join.value.roomType, "lobby");
    assert.equal(join.value.optionsJson, '{"team":1}');
    assert.equal(join.value.position?.epoch, "e1");
    assert.equal(join.value.position.cursor, 1n);
    const kept = session.send("say", { text: "kept" });
    await bench.settle();
    assert.equal(bench.server.last.all("input").length, 0, "inputs wait for the seat");
    const gap = { from: 2n, to: 0n, reason: GapReason.EPOCH_CHANGED, epoch: "e2" };
    bench.server.last.send(
      joinedMessage("1", { epoch: "e2", cursor: 50, verdict: Verdict.SNAPSHOT }),
      { sessionId: "1", body: { case: "gap", value: gap } },
      stateMessage(2, 0, 3),
      { ...said(51), inputAck: 1n },
    );
    await bench.settle();
    assert.deepEqual(
      bench.server.last.all("input").map(({ value }) => value.seq),
      [1n],
    );
    assert.equal(await outcomeOf(kept), "resolved");
    assert.deepEqual(statuses, ["detached", "joining", "active"]);
    assert.deepEqual(rejoins, [{ roomId: "r1", epoch: "e2", verdict: "snapshot" }]);
    assert.deepEqual(gaps, ["epoch-changed"]);
    assert.deepEqual(session.position, { epoch: "e2", cursor: 51, stateTick: 2 });
    await bench.finish(client);
  });

  test("RS-4: a room made for the player is looked for by its id, not made a second time", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    await bench.join(client, { mode: "create" });
    bench.server.verdict = (sessionId) => ({ sessionId, verdict: Verdict.GONE });
    bench.server.last.cut();
    await bench.advance(1_000);
    const [join] = bench.server.last.all("join");
    assert.equal(join?.value.roomId, "r1");
    assert.equal(join.value.mode, 3);
    await bench.finish(client);
  });

  test("RS-4: what the room has ended stays so: the session closes with its reason and text, and does not join again", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    const lost = session.send("say", { text: "lost" });
    bench.server.verdict = (sessionId) => ({
      sessionId,
      verdict: Verdict.GONE,
      leftCode: closeReasons.kicked.code,
      leftReason: "Out.",
    });
    bench.server.last.cut();
    await bench.advance(1_000);
    assert.equal(client.state, "live");
    assert.equal(session.status, "closed");
    assert.equal(session.closeReason, closeReasons.kicked);
    assert.equal(await outcomeOf(lost), "session-closed");
    assert.equal(bench.server.last.all("join").length, 0);
    await bench.finish(client);
  });

  test("RS-4: with rejoin: false GONE ends the session", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client, { rejoin: false });
    const ends: string[] = [];
    session.onClose(({ reason }) => ends.push(reason.name));
    const lost = session.send("say", { text: "lost" });
    bench.server.verdict = (sessionId) => ({ sessionId, verdict: Verdict.GONE });
    bench.server.last.cut();
    await bench.advance(1_000);
    assert.equal(await outcomeOf(lost), "session-gone");
    assert.deepEqual(ends, ["session-expired"]);
    assert.equal(session.lastVerdict, "gone");
    assert.equal(session.closeReason, closeReasons.sessionExpired);
    assert.equal(bench.server.last.all("join").length, 0);
    await bench.finish(client);
  });

  test("RS-4: a rejoin that the server refuses ends the session", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    bench.server.verdict = (sessionId) => ({ sessionId, verdict: Verdict.GONE });
    bench.server.last.cut();
    await bench.advance(1_000);
    const waits = session.send("say", { text: "" });
    const error = { code: ErrorCode.ROOM_FULL, message: "Full." };
    bench.server.last.send({ sessionId: "1", body: { case: "error", value: error } });
    await bench.settle();
    assert.equal(session.status, "closed");
    assert.equal(await outcomeOf(waits), "room-full");
    await bench.finish(client);
  });

  test("RS-6: a Join that was in flight is not named, and sent again after Welcome", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const joining = client.join(lobby, { roomType: "lobby" });
    await bench.settle();
    assert.equal(bench.server.last.all("join").length, 1);
    bench.server.last.cut();
    await bench.advance(1_000);
    assert.deepEqual(bench.server.last.hello.sessions, []);
    assert.equal(bench.server.last.all("join").length, 1);
    assert.equal(await outcomeOf(joining), "pending");
    bench.server.last.send(joinedMessage("1"));
    await bench.settle();
    assert.equal((await joining).status, "active");
    await bench.finish(client);
  });

  test("a join asked for while there is no connection waits for it", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    bench.server.last.cut();
    await bench.settle();
    const joining = client.join(lobby, { roomType: "lobby" });
    await bench.advance(1_000);
    bench.server.last.send(joinedMessage("1"));
    await bench.settle();
    assert.equal((await joining).status, "active");
    assert.equal(bench.server.last.all("join").length, 1);
    await bench.finish(client);
  });

  test("a join asked for in the moment of going live is sent once", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    bench.server.last.cut();
    await bench.settle();
    client.onStateChange((state) => {
      if (state === "live") void client.join(lobby, { roomType: "lobby" }).catch(() => undefined);
    });
    await bench.advance(1_000);
    assert.equal(bench.server.last.all("join").length, 1);
    await bench.finish(client);
  });

  test("a session that left while away still sends what it had to say, then leaves", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    bench.server.last.cut();
    await bench.settle();
    const bye = session.send("say", { text: "bye" });
    const leaving = session.leave();
    await bench.advance(100);
    assert.deepEqual(
      bench.server.last.take().flatMap(({ body }) => body.case ?? []),
      ["hello", "heartbeat", "input", "leave"],
    );
    const left = { code: closeReasons.left.code, reason: "", mayRejoin: true };
    bench.server.last.send(
      { sessionId: "1", inputAck: 1n },
      { sessionId: "1", body: { case: "left", value: left } },
    );
    await bench.settle();
    await leaving;
    assert.equal(await outcomeOf(bye), "resolved");
    assert.equal(session.closeReason, closeReasons.left);
    await bench.finish(client);
  });

  test("RS-4: a session that left while away and is GONE is over", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session = await bench.join(client);
    bench.server.verdict = (sessionId) => ({ sessionId, verdict: Verdict.GONE });
    bench.server.last.cut();
    await bench.settle();
    const leaving = session.leave();
    await bench.advance(1_000);
    await leaving;
    assert.equal(session.closeReason, closeReasons.left);
    assert.equal(bench.server.last.all("join").length, 0);
    await bench.finish(client);
  });
});
