import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { judgeJoin, judgeResume } from "../../server/session/verdict.ts";
import { GapReason, Verdict } from "../../shared/gen/roomline/v1/realtime_pb.ts";

/** A room of which the log has entries 11 to 30, and whose newest state is of tick 90. */
const feed = { epoch: "life", head: 30, first: 11, stateTick: 90 };
const at = (cursor: number, stateTick = 90, epoch = "life") => ({ epoch, cursor, stateTick });

describe("the verdict on a session that comes back", () => {
  it("RS-2: is RECOVERED when all that follows its position is in the log, to the last entry", () => {
    for (const cursor of [10, 11, 29, 30]) {
      const { verdict, start } = judgeResume(at(cursor), feed);
      assert.equal(verdict, Verdict.RECOVERED, `at ${cursor}`);
      assert.deepEqual(start, { cursor, stateTick: 90, backlogEnd: 30 });
    }
  });

  it("RS-3: is SNAPSHOT when an entry is missing, and names all that are", () => {
    for (const cursor of [0, 8, 9]) {
      const { verdict, start } = judgeResume(at(cursor), feed);
      assert.equal(verdict, Verdict.SNAPSHOT, `at ${cursor}`);
      const gap = { from: cursor + 1, to: 10, reason: GapReason.LOG_TRIMMED };
      assert.deepEqual(start, { cursor: 10, stateTick: 0, backlogEnd: 30, gap });
    }
  });

  it("RS-3: is SNAPSHOT for a position of another life, or one that the room has not come to", () => {
    for (const position of [at(20, 90, "another"), at(30, 90, ""), at(31)]) {
      const { verdict, start } = judgeResume(position, feed);
      assert.equal(verdict, Verdict.SNAPSHOT);
      const gap = { from: position.cursor + 1, to: 0, reason: GapReason.EPOCH_CHANGED };
      assert.deepEqual(start, { cursor: 30, stateTick: 0, backlogEnd: 30, gap });
    }
  });

  it("RS-2: a tick that the room has not come to counts as none", () => {
    assert.equal(judgeResume(at(30, 91), feed).start.stateTick, 0);
    assert.equal(judgeResume(at(30, 3), feed).start.stateTick, 3);
  });
});

describe("the verdict on a session that joins with a position", () => {
  const arrival = { joinCursor: 30, historyOnJoin: 5 };

  it("JN-6: is RECOVERED within what a joiner is given, and SNAPSHOT before it", () => {
    const recovered = judgeJoin(at(25), feed, arrival);
    assert.deepEqual([recovered.verdict, recovered.start.cursor], [Verdict.RECOVERED, 25]);
    const before = judgeJoin(at(24), feed, arrival);
    assert.equal(before.verdict, Verdict.SNAPSHOT);
    assert.deepEqual(before.start.gap, { from: 25, to: 25, reason: GapReason.HISTORY_LIMIT });
  });

  it("JN-6: of another life it is a Gap, and the joiner begins as any other", () => {
    const { verdict, start } = judgeJoin(at(27, 90, "another"), feed, arrival);
    assert.equal(verdict, Verdict.SNAPSHOT);
    assert.deepEqual([start.cursor, start.gap?.reason], [25, GapReason.EPOCH_CHANGED]);
  });
});
