import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { closeReasons } from "../../shared/close-reason.ts";
import {
  Control_Action as Action,
  GapReason,
  PauseMode,
  Verdict,
} from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { LiveRoom } from "../../server/room/live-room.ts";
import { createBench, inputMessage, type Bench } from "./harness.ts";
import { createEchoRoom, type Trace } from "./rooms.ts";

describe("resume", () => {
  const rejoin = (bench: Bench, token: string, epoch: string, cursor: number) =>
    bench.connect("ann", { resumeToken: token, sessions: [{ sessionId: "1", epoch, cursor }] });

  it("RS-1, RS-2, RS-7: what came during the cut is replayed exactly once, then EndOfBacklog, then live", () => {
    const trace: Trace = { calls: [] };
    const bench = createBench({ rooms: { echo: createEchoRoom(trace) } });
    const ann = bench.connect("ann");
    const bob = bench.connect("bob");
    ann.join("1", { roomType: "echo" });
    bob.join("1", { roomType: "echo" });
    bob.input("1", 1, "a");
    const { epoch } = ann.last("joined");
    ann.cut();
    bob.input("1", 2, "b");
    bob.input("1", 3, "c");
    const back = rejoin(bench, ann.last("welcome").resumeToken, epoch, 1);
    bob.input("1", 4, "d");
    assert.deepEqual(back.kinds("1"), ["event", "event", "endOfBacklog", "state", "event"]);
    assert.deepEqual(back.texts("1"), ["b", "c", "d"]);
    assert.equal(back.verdicts()[0]?.verdict, Verdict.RECOVERED);
    assert.deepEqual(trace.calls, ["join ann", "join bob", "drop ann", "resume ann"]);
    bench.finish();
  });

  it("RS-3, RL-5: a position older than the log gets Gap, a snapshot, what is left, and EndOfBacklog", () => {
    const bench = createBench({
      rooms: { echo: createEchoRoom(undefined, { log: { entriesMax: 2 } }) },
    });
    const ann = bench.connect("ann");
    const bob = bench.connect("bob");
    ann.join("1", { roomType: "echo" });
    bob.join("1", { roomType: "echo" });
    bob.send({
      sessionId: "1",
      body: {
        case: "input",
        value: { seq: 1n, kind: 4, payload: new TextEncoder().encode('["k",1]') },
      },
    });
    const { epoch } = ann.last("joined");
    ann.cut();
    for (const [index, text] of ["a", "b", "c", "d"].entries()) bob.input("1", index + 2, text);
    const back = rejoin(bench, ann.last("welcome").resumeToken, epoch, 0);
    assert.equal(back.verdicts()[0]?.verdict, Verdict.SNAPSHOT);
    assert.deepEqual(back.kinds("1"), ["gap", "state", "event", "event", "endOfBacklog"]);
    assert.deepEqual([back.last("gap").from, back.last("gap").to], [1n, 2n]);
    assert.equal(back.last("state").baseTick, 0n);
    assert.deepEqual(back.texts("1"), ["c", "d"]);
    bench.finish();
  });

  it("RS-2, RS-3: what is held is recovered to the last entry; one that is missing is a Gap", () => {
    const bench = createBench({
      rooms: { echo: createEchoRoom(undefined, { log: { entriesMax: 2 } }) },
    });
    const ann = bench.connect("ann");
    const bob = bench.connect("bob");
    ann.join("1", { roomType: "echo" });
    bob.join("1", { roomType: "echo" });
    const { epoch } = ann.last("joined");
    ann.cut();
    for (const [index, text] of ["a", "b", "c", "d"].entries()) bob.input("1", index + 1, text);
    const recovered = rejoin(bench, ann.last("welcome").resumeToken, epoch, 2);
    assert.equal(recovered.verdicts()[0]?.verdict, Verdict.RECOVERED);
    assert.deepEqual(recovered.texts("1"), ["c", "d"]);
    recovered.cut();
    const missed = rejoin(bench, recovered.last("welcome").resumeToken, epoch, 1);
    assert.equal(missed.verdicts()[0]?.verdict, Verdict.SNAPSHOT);
    assert.deepEqual([missed.last("gap").from, missed.last("gap").to], [2n, 2n]);
    assert.deepEqual(missed.texts("1"), ["c", "d"]);
    bench.finish();
  });

  it("RS-3: a position of another epoch, or ahead of the log, is one of another life of the room", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    for (const [index, text] of ["a", "b", "c"].entries()) ann.input("1", index + 1, text);
    const { epoch } = ann.last("joined");
    let { resumeToken } = ann.last("welcome");
    ann.cut();
    for (const [wrongEpoch, cursor] of [
      ["another epoch", 1],
      [epoch, 4],
    ] as const) {
      const back = rejoin(bench, resumeToken, wrongEpoch, cursor);
      assert.equal(back.verdicts()[0]?.verdict, Verdict.SNAPSHOT);
      assert.equal(back.last("gap").reason, GapReason.EPOCH_CHANGED);
      assert.deepEqual(back.texts("1"), []);
      ({ resumeToken } = back.last("welcome"));
      back.cut();
    }
    bench.finish();
  });

  it("RS-4, RS-7: after the window the session is GONE and the room has seen onLeave", () => {
    const trace: Trace = { calls: [] };
    const bench = createBench({
      rooms: { echo: createEchoRoom(trace) },
      limits: { resumeWindowMs: 5e3 },
    });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    const { epoch } = ann.last("joined");
    ann.cut();
    bench.clock.advance(5200);
    assert.deepEqual(trace.calls, ["join ann", "drop ann", "leave ann session-expired"]);
    const back = rejoin(bench, ann.last("welcome").resumeToken, epoch, 0);
    assert.equal(back.verdicts()[0]?.verdict, Verdict.GONE);
    bench.finish();
  });

  it("RS-5: the token before the newest still resumes, since a Welcome can be lost", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    const { epoch } = ann.last("joined");
    const token = ann.last("welcome").resumeToken;
    ann.cut();
    const lost = rejoin(bench, token, epoch, 0);
    lost.cut();
    const back = rejoin(bench, token, epoch, 0);
    assert.equal(back.verdicts()[0]?.verdict, Verdict.RECOVERED);
    assert.notEqual(back.last("welcome").resumeToken, token);
    bench.finish();
  });

  it("RS-6: a session the Hello does not name is closed", () => {
    const trace: Trace = { calls: [] };
    const bench = createBench({ rooms: { echo: createEchoRoom(trace) } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    ann.cut();
    const back = bench.connect("ann", { resumeToken: ann.last("welcome").resumeToken });
    assert.deepEqual(back.verdicts(), []);
    assert.deepEqual(trace.calls, ["join ann", "drop ann", "leave ann not-resumed"]);
    bench.finish();
  });

  it("RS-8: the server says which inputs it has, and applies those sent again once", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    ann.input("1", 1, "a");
    const { epoch } = ann.last("joined");
    ann.cut();
    const back = rejoin(bench, ann.last("welcome").resumeToken, epoch, 0);
    assert.equal(back.verdicts()[0]?.lastInputSeq, 1n);
    back.send(inputMessage("1", 1, "a"), inputMessage("1", 2, "b"));
    assert.deepEqual(back.texts("1"), ["a", "b"]);
    bench.finish();
  });

  it("RS-9: a state tick that can be patched from gets a patch, not a snapshot", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const ann = bench.connect("ann");
    const bob = bench.connect("bob");
    const put = (seq: bigint, value: string) =>
      bob.send({
        sessionId: "1",
        body: { case: "input", value: { seq, kind: 4, payload: new TextEncoder().encode(value) } },
      });
    ann.join("1", { roomType: "echo" });
    bob.join("1", { roomType: "echo" });
    put(1n, '["k",1]');
    bench.clock.advance(50);
    const { epoch } = ann.last("joined");
    const stateTick = Number(ann.last("state").tick);
    ann.cut();
    put(2n, '["k",2]');
    bench.clock.advance(50);
    const back = bench.connect("ann", {
      resumeToken: ann.last("welcome").resumeToken,
      sessions: [{ sessionId: "1", epoch, cursor: 0, stateTick }],
    });
    assert.equal(back.last("state").baseTick, BigInt(stateTick));
    bench.finish();
  });

  it("RS-9: a state tick the room has not reached is answered with a snapshot", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    ann.put("1", 1, "k", 1);
    const { epoch } = ann.last("joined");
    ann.cut();
    const back = bench.connect("ann", {
      resumeToken: ann.last("welcome").resumeToken,
      sessions: [{ sessionId: "1", epoch, cursor: 0, stateTick: 1_000 }],
    });
    assert.equal(back.last("state").baseTick, 0n);
    bench.finish();
  });

  it("RS-3: a Gap is followed by a State with base 0, be there rows or not", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    ann.cut();
    const back = rejoin(bench, ann.last("welcome").resumeToken, "another epoch", 7);
    assert.deepEqual(back.kinds("1"), ["gap", "state", "endOfBacklog"]);
    assert.deepEqual([back.last("state").baseTick, back.last("state").tables], [0n, []]);
    bench.finish();
  });

  it("RS-10: a paused session stays paused over a resume", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    ann.send({
      sessionId: "1",
      body: { case: "control", value: { action: Action.PAUSE, mode: PauseMode.BUFFER } },
    });
    const { epoch } = ann.last("joined");
    ann.cut();
    const back = rejoin(bench, ann.last("welcome").resumeToken, epoch, 0);
    assert.equal(back.verdicts()[0]?.paused, PauseMode.BUFFER);
    back.input("1", 1, "a");
    assert.deepEqual(back.texts("1"), []);
    back.send({ sessionId: "1", body: { case: "control", value: { action: Action.RESUME } } });
    assert.deepEqual(back.texts("1"), ["a"]);
    bench.finish();
  });

  it("RS-7, CL-3: client-closed leaves all sessions at once", () => {
    const trace: Trace = { calls: [] };
    const bench = createBench({ rooms: { echo: createEchoRoom(trace) } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    ann.transport.close(closeReasons.clientClosed);
    bench.clock.settle();
    assert.deepEqual(trace.calls, ["join ann", "leave ann left"]);
    assert.equal(bench.engine.sessions.clientCount, 0);
    bench.finish();
  });

  for (const [how, end, code, reason] of [
    ["kicked", (room: LiveRoom) => room.expel("ann", closeReasons.kicked, "Out."), 4601, "Out."],
    ["closed", (room: LiveRoom) => room.close(closeReasons.roomClosed, "Over."), 4200, "Over."],
  ] as const) {
    it(`RS-4: what the room ended while the player was away is ended, and told (${how})`, () => {
      const bench = createBench({ rooms: { echo: createEchoRoom() } });
      const ann = bench.connect("ann");
      ann.join("1", { roomType: "echo", roomId: "r" });
      const { epoch } = ann.last("joined");
      const { resumeToken } = ann.last("welcome");
      ann.cut();
      const room = bench.engine.rooms.get("r");
      assert.ok(room);
      end(room);
      bench.clock.advance(1_000);
      // A Welcome can be lost: it is told again.
      for (let times = 0; times < 2; times++) {
        const back = rejoin(bench, resumeToken, epoch, 0);
        const [verdict] = back.verdicts();
        assert.equal(verdict?.verdict, Verdict.GONE);
        assert.deepEqual([verdict.leftCode, verdict.leftReason], [code, reason]);
        back.cut();
      }
      // It is told to nobody else, and not for ever.
      const stranger = rejoin(bench, "a token", epoch, 0);
      assert.equal(stranger.verdicts()[0]?.leftCode, 0);
      stranger.transport.close(closeReasons.clientClosed);
      bench.clock.settle();
      assert.equal(bench.engine.sessions.clientCount, 0);
      bench.finish();
    });
  }

  it("RS-4: so is what the room ended as the connection broke, and what has been left is not", () => {
    const bench = createBench({
      rooms: { echo: createEchoRoom() },
      limits: { resumeWindowMs: 5e3 },
    });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo", roomId: "r" });
    ann.join("2", { roomType: "echo", roomId: "s" });
    const { epoch } = ann.last("joined", "1");
    const { resumeToken } = ann.last("welcome");
    ann.send({ sessionId: "2", body: { case: "leave", value: {} } });
    bench.engine.rooms.get("r")?.close(closeReasons.roomClosed, "Over.");
    bench.clock.settle();
    ann.cut();
    const sessions = ["1", "2"].map((sessionId) => ({ sessionId, epoch, cursor: 0 }));
    const back = bench.connect("ann", { resumeToken, sessions });
    assert.deepEqual(
      back.verdicts().map(({ leftCode }) => leftCode),
      [4200, 0],
    );
    back.cut();
    assert.equal(bench.engine.sessions.clientCount, 1);
    bench.clock.advance(6_000);
    assert.equal(bench.engine.sessions.clientCount, 0, "for the resume window");
    bench.finish();
  });
});
