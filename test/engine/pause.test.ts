import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  Control_Action as Action,
  ErrorCode,
  PauseMode,
} from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { createBench, type ClientMessageInit } from "./harness.ts";
import { createEchoRoom } from "./rooms.ts";

describe("pause and resume", () => {
  const control = (
    action: Action,
    mode: PauseMode = PauseMode.UNSPECIFIED,
    rateHz = 0,
  ): ClientMessageInit => ({
    sessionId: "1",
    body: { case: "control", value: { action, mode, rateHz } },
  });

  it("PR-1, PR-3: BUFFER stops the stream, inputs work, RESUME replays what came meanwhile", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    ann.send(control(Action.PAUSE, PauseMode.BUFFER));
    ann.clear();
    ann.input("1", 1, "a");
    ann.input("1", 2, "b");
    assert.deepEqual(ann.kinds("1"), ["ack", "ack"], "acknowledgements only");
    ann.send(control(Action.RESUME));
    assert.deepEqual(ann.kinds("1").slice(2), ["control", "event", "event", "endOfBacklog"]);
    assert.deepEqual(ann.texts("1"), ["a", "b"]);
    bench.finish();
  });

  it("PR-3: RESUME after SKIP goes on at the newest entry, which RESUMED names", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    ann.send(control(Action.PAUSE, PauseMode.SKIP));
    ann.input("1", 1, "a");
    ann.send(control(Action.RESUME));
    assert.equal(ann.last("control").action, Action.RESUMED);
    assert.equal(ann.last("control").cursor, 1n);
    ann.input("1", 2, "b");
    assert.deepEqual(ann.texts("1"), ["b"]);
    assert.equal(ann.all("gap").length, 0);
    bench.finish();
  });

  it("PR-2: pausing one session does not slow another on the same connection", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo", roomId: "a" });
    ann.join("2", { roomType: "echo", roomId: "b" });
    ann.send(control(Action.PAUSE, PauseMode.BUFFER));
    ann.input("2", 1, "b");
    assert.deepEqual(ann.texts("2"), ["b"]);
    bench.finish();
  });

  it("PR-4: PAUSE again changes the mode, RESUME of an active session is answered", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    ann.send(control(Action.RESUME));
    ann.send(control(Action.PAUSE, PauseMode.BUFFER));
    ann.send(control(Action.PAUSE, PauseMode.SKIP));
    assert.deepEqual(
      ann.all("control").map(({ action, mode }) => [action, mode]),
      [
        [Action.RESUMED, PauseMode.UNSPECIFIED],
        [Action.PAUSED, PauseMode.BUFFER],
        [Action.PAUSED, PauseMode.SKIP],
      ],
    );
    bench.finish();
  });

  it("PR-5: SET_RATE bounds the updates of one session; a bad rate is refused; the newest state still comes", () => {
    const room = createEchoRoom(undefined, {
      tickRateHz: 20,
      onTick: (context, { tick }) => {
        if (tick <= 40) context.state.scores.set("tick", { score: tick });
      },
    });
    const bench = createBench({ rooms: { echo: room } });
    const [fast, slow] = ["ann", "bob"].map((name) => {
      const client = bench.connect(name);
      client.join("1", { roomType: "echo" });
      return client;
    });
    assert.ok(fast && slow);
    slow.send(control(Action.SET_RATE, PauseMode.UNSPECIFIED, -1));
    assert.equal(slow.last("error").code, ErrorCode.INVALID_ARGUMENT);
    slow.send(control(Action.SET_RATE, PauseMode.UNSPECIFIED, 5));
    bench.clock.advance(2050);
    assert.ok(fast.all("state").length >= 39, `${fast.all("state").length} updates at full rate`);
    const few = slow.all("state").length;
    assert.ok(few >= 9 && few <= 12, `${few} updates in two seconds at 5 Hz`);
    bench.clock.advance(1e3);
    assert.equal(slow.last("state").tick, fast.last("state").tick);
    bench.finish();
  });
});
