// Rooms that move between the processes of a server, under load: by an operator, and because their workers are replaced.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { adminOf, assertRight, chaos, load, seated, startWorkers } from "./workers.ts";

describe("rooms of roomline serve --workers that move", () => {
  test("MV-1, MV-2, AD-14: rooms are moved all the time under load with cuts, and nothing is lost", async () => {
    const workers = await startWorkers(3);
    const loading = load(workers.address, ["--seconds", "8", ...chaos]);
    await seated(workers.address);
    const admin = adminOf(workers.address);
    let moves = 0;
    let over = false;
    void loading.finally(() => (over = true));
    while (!(over as boolean) && moves < 60) {
      const { rooms } = await admin.listRoomStats({});
      const nodes = [...new Set(rooms.map(({ node }) => node))];
      for (const [index, { roomId, node, players }] of rooms.entries()) {
        const to = nodes.filter((name) => name !== node)[(moves + index) % (nodes.length - 1)];
        if (to === undefined || players === 0) continue;
        const isMoved = await admin.moveRoom({ roomId, node: to }).then(
          () => true,
          () => false,
        );
        if (isMoved) moves++;
        await sleep(5);
      }
    }
    const report = await loading;
    assertRight(report);
    assert.ok(moves >= 10, `${moves} moves`);
    assert.deepEqual([report["roomsLost"], report["seatsLost"], report["gaps"]], [0, 0, 0]);
    assert.equal((report["verdicts"] as Record<string, number>)["gone"], 0);
    assert.equal((await workers.stop()).code, 0);
  });

  test("MV-6, AD-10: SIGHUP replaces all workers under load with cuts, and no room is lost", async () => {
    const workers = await startWorkers(3);
    const loading = load(workers.address, [
      ...["--seconds", "14", ...chaos, "--settle", "20", "--expect-losses"],
    ]);
    await seated(workers.address);
    await sleep(500);
    const before = workers.pids();
    workers.running.child.kill("SIGHUP");
    await workers.running.printed(/workers replaced/);
    const report = await loading;
    assertRight(report);
    assert.deepEqual([report["roomsLost"], report["seatsLost"], report["gaps"]], [0, 0, 0]);
    assert.equal((report["verdicts"] as Record<string, number>)["gone"], 0);
    for (const pid of before) assert.throws(() => process.kill(pid, 0), "it has ended");
    assert.equal((await workers.stop()).code, 0);
  });
});
