import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { eventually } from "../e2e/spawn-server.ts";
import { runRoomline, startRoomline, startServer, type Outcome } from "./spawn-roomline.ts";

function reportOf({ stdout, stderr, code }: Outcome): Readonly<Record<string, unknown>> {
  assert.match(stdout, /^\{[^\n]*\}\n$/, `exactly one line; code ${code}: ${stdout}${stderr}`);
  const report: unknown = JSON.parse(stdout);
  assert.ok(typeof report === "object" && report !== null);
  return Object.fromEntries(Object.entries(report));
}

function load(address: string, args: readonly string[]): Promise<Outcome> {
  const few = ["--players", "10", "--rooms-per-player", "2", "--room-size", "5"];
  return runRoomline(["load", "--url", address, ...few, "--json", "--seed", "7", ...args]);
}

const nothingWrong = {
  lost: 0,
  duplicated: 0,
  outOfOrder: 0,
  inputsLost: 0,
  inputsDuplicated: 0,
  inputsOutOfOrder: 0,
  inputsNotShown: 0,
  stateRowsWrong: 0,
  unplannedLosses: 0,
  errors: 0,
  errorMessages: {},
  ok: true,
};

describe("load", { concurrency: 2 }, () => {
  test("the demo rooms lose nothing over cuts and pauses", async () => {
    const server = await startServer(["--log-level", "warn"]);
    const chaos = ["--seconds", "2.5", "--cut-per-second", "0.4", "--pause-per-second", "0.4"];
    for (const [roomType, url] of [
      ["arena", `ws://${server.address}`],
      ["chat", server.address],
    ] as const) {
      const outcome = await load(url, ["--room-type", roomType, "--rate", "10", ...chaos]);
      const report = reportOf(outcome);
      assert.equal(outcome.code, 0, outcome.stdout + outcome.stderr);
      assert.equal(outcome.stderr, "");
      assert.deepEqual({ ...report, ...nothingWrong }, report);
      assert.equal(report["players"], 10);
      assert.equal(report["sessions"], 20);
      assert.ok(Number(report["cuts"]) >= 5, "cuts");
      assert.equal(report["resumes"], report["cuts"]);
      assert.ok(Number(report["pauses"]) >= 5, "pauses");
      assert.ok(Number(report["inputsSent"]) > 200, "inputs");
      assert.equal(report["inputsApplied"], report["inputsSent"]);
      assert.ok(Number(report["p99InputToStateMs"]) > 0);
      assert.ok(Number(report["bytesInPerSecondPerPlayer"]) > 0);
      if (roomType === "arena") assert.ok(Number(report["updatesPerSecondPerSession"]) > 5);
      else assert.equal(report["eventsDelivered"], Number(report["inputsSent"]) * 5);
    }
    const { code, stdout } = await server.stop();
    assert.equal(code, 0);
    const warnings = stdout
      .split("\n")
      .filter((line) => line !== "" && !line.includes("ticks dropped"));
    assert.deepEqual(warnings, [], "nothing but perhaps that this machine was too slow");
  });

  test("the demo rooms lose nothing on networks that are slow, stall, and cut connections by themselves", async () => {
    const server = await startServer(["--log-level", "warn"]);
    const cutting = "train,cutEveryMs=700,offlineMs=150,stallMs=300";
    const networks = ["--network", cutting, "--network", "latencyMs=10,up.latencyMs=200"];
    for (const roomType of ["arena", "chat"]) {
      const about = ["--room-type", roomType, "--rate", "5", "--seconds", "3"];
      const outcome = await load(server.address, [...about, ...networks]);
      const report = reportOf(outcome);
      assert.equal(outcome.code, 0, outcome.stdout + outcome.stderr);
      assert.deepEqual({ ...report, ...nothingWrong }, report);
      assert.deepEqual(report["networks"], [cutting, "latencyMs=10,up.latencyMs=200"]);
      assert.ok(Number(report["cuts"]) >= 5, `${String(report["cuts"])} cuts`);
      assert.equal(report["resumes"], report["cuts"]);
      // There and back, of the better of the two.
      assert.ok(Number(report["p50InputToStateMs"]) >= 120, String(report["p50InputToStateMs"]));
      assert.equal(report["inputsApplied"], report["inputsSent"]);
    }
    await server.stop();
  });

  test("a network that there is not, and one that cannot be, are mistakes", async () => {
    const { code, stderr } = await runRoomline([
      ...["load", "--network", "trian", "--network", "wifi,latencyMs=-1", "--network", "lossy"],
    ]);
    assert.equal(code, 2);
    assert.match(stderr, /--network: there is no network "trian"\. Did you mean "train"\?\n/);
    assert.match(stderr, /--network: latencyMs is -1; it has to be a number from 0 to 60000\.\n/);
    assert.ok(!stderr.includes("lossy"));
  });

  test("rooms that lose things are found out", async () => {
    const server = await startServer(["test/cli/rooms/dropping-rooms.ts"]);
    const short = ["--seconds", "1.5", "--rate", "10", "--settle", "0.5"];
    const [chat, arena] = await Promise.all([
      load(server.address, ["--room-type", "chat", ...short]),
      load(server.address, ["--room-type", "arena", ...short]),
    ]);
    assert.deepEqual([chat.code, arena.code], [1, 1]);
    const said = reportOf(chat);
    assert.ok(Number(said["inputsLost"]) >= 20);
    assert.equal(said["lost"], Number(said["inputsLost"]) * 5);
    assert.equal(said["errors"], 0);
    assert.ok(Number(reportOf(arena)["inputsLost"]) >= 20);
    await server.stop();
  });

  test("a server that leaves out one in a thousand changed rows is found out in an arena", async () => {
    const server = await startServer(["test/cli/rooms/forgetful-server.ts"], { FORGETS: "1000" });
    const { code, ...outcome } = await load(server.address, ["--seconds", "5", "--rate", "20"]);
    const report = reportOf({ code, ...outcome });
    assert.equal(code, 1);
    assert.ok(Number(report["inputsNotShown"]) + Number(report["stateRowsWrong"]) > 0);
    // The row that is left out may be that of the match, which says how many events there were, or the last one of a player,
    // which says how many inputs.
    const { inputsNotShown: _, stateRowsWrong: __, lost: ___, ...others } = nothingWrong;
    const { inputsLost: ____, ok: _____, ...rest } = others;
    assert.deepEqual({ ...report, ...rest }, report, "and nothing else");
    await server.stop();
  });

  test("a server that leaves out changed rows is found out in a chat, where few change", async () => {
    const server = await startServer(["test/cli/rooms/forgetful-server.ts"], { FORGETS: "3" });
    const cut = ["--room-type", "chat", "--seconds", "2", "--cut-per-second", "0.5"];
    const outcome = await load(server.address, cut);
    assert.equal(outcome.code, 1);
    const report = reportOf(outcome);
    assert.ok(Number(report["stateRowsWrong"]) > 0);
    const { stateRowsWrong: _, ok: __, ...rest } = nothingWrong;
    assert.deepEqual({ ...report, ...rest }, report, "and nothing else");
    await server.stop();
  });

  test("rooms that do things twice, or in the wrong order, are found out", async () => {
    const server = await startServer(["test/cli/rooms/doubling-rooms.ts"]);
    const short = ["--seconds", "1.5", "--rate", "10", "--settle", "0.5"];
    const [chat, arena] = await Promise.all([
      load(server.address, ["--room-type", "chat", ...short]),
      load(server.address, ["--room-type", "arena", ...short]),
    ]);
    assert.deepEqual([chat.code, arena.code], [1, 1]);
    const said = reportOf(chat);
    assert.equal(said["lost"], 0);
    assert.equal(said["outOfOrder"], 20 * 5, "one swap at each of 20 seats, seen by 5");
    assert.ok(Number(said["duplicated"]) >= 20 * 5);
    assert.equal(said["duplicated"], Number(said["inputsDuplicated"]) * 5);
    assert.ok(Number(reportOf(arena)["duplicated"]) >= 20);
    await server.stop();
  });

  test("no server: one line, exit code 1", async () => {
    const { code, stdout, stderr } = await runRoomline([
      ...["load", "--url", "127.0.0.1:1", "--connect-timeout", "0.5", "--json"],
    ]);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /^roomline: .*127\.0\.0\.1:1.*Start one with roomline serve.*\n$/);
  });

  test("without --json a table; the first Ctrl-C ends the run with its report", async () => {
    const server = await startServer(["--log-level", "silent"]);
    const running = startRoomline(["load", "--url", server.address, "--players", "2"]);
    await eventually(async () => {
      const metrics = await (await fetch(`http://${server.address}/metrics`)).text();
      return /^roomline_connections 2$/m.test(metrics)
        ? undefined
        : "the players are not there yet";
    }, 20_000);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    running.child.kill("SIGINT");
    const { code, stdout } = await running.ended;
    assert.equal(code, 0, stdout);
    assert.match(stdout, /inputs sent \/ applied/);
    assert.match(stdout, /Nothing was lost, doubled or out of order, and the state is right\.\n$/);
    await server.stop();
  });
});
