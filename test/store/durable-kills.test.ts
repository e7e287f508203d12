// Real servers with durable rooms, killed again and again under players over real sockets. KILLS=200 for a long look.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../client/index.ts";
import { runRoomline } from "../cli/spawn-roomline.ts";
import { keptContract } from "./kept-contract.ts";
import { endServer, eventually, startServer } from "./kept-processes.ts";

const kills = Number(process.env["KILLS"] ?? 6);

/** A player in a chat and in a game, who says one number after the other in each. */
async function play(port: number, at: number) {
  const scheme = at % 2 === 0 ? "" : "ws://";
  const client = await connect(`${scheme}127.0.0.1:${port}`, { clientId: `p${at}` });
  const told: string[] = [];
  const rooms = await Promise.all(
    ["durable", "game"].map(async (roomType) => {
      const session = await client.join(keptContract, { roomType, roomId: roomType });
      const heard: string[] = [];
      session.on("said", (text) => heard.push(text));
      session.onGap(() => told.push("gap"));
      session.onRejoin(() => told.push("rejoin"));
      session.onClose(({ reason }) => told.push(reason.name));
      return { roomType, session, heard, acked: 0 };
    }),
  );
  return { name: `p${at}`, client, told, rooms };
}

describe("servers with durable rooms", { skip: !isBuiltin("node:sqlite") }, () => {
  it(`DU-2: are killed ${kills} times: nothing shown is lost, nothing applied twice, nobody is told`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "roomline-durable-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    let server = await startServer(t, 0, folder);
    const { port } = server;
    const players = await Promise.all([0, 1, 2, 3].map((at) => play(port, at)));
    const sending: Promise<unknown>[] = [];
    const backMs: number[] = [];
    let number = 0;
    const say = async (times: number): Promise<void> => {
      for (let time = 0; time < times; time++) {
        number++;
        for (const { rooms } of players) {
          for (const room of rooms)
            sending.push(room.session.send("say", number).then(() => room.acked++));
        }
        await sleep(5);
      }
    };
    for (let kill = 0; kill < kills; kill++) {
      await say(4 + (kill % 9));
      await endServer(server.child, "kill");
      const acked = players.map(({ rooms }) => rooms.map((room) => room.acked));
      const began = performance.now();
      server = await startServer(t, port, folder);
      await eventually(
        () => players.every(({ client }) => client.state === "live"),
        "all are back",
      );
      backMs.push(performance.now() - began);
      await eventually(
        () =>
          players.every(({ rooms, name }, at) =>
            rooms.every(
              ({ session }, of) =>
                (session.state.counts.get(name)?.n ?? 0) >= (acked[at]?.[of] ?? 0),
            ),
          ),
        "what was acknowledged is there",
      );
    }
    await Promise.all(sending);
    for (const { name, told, rooms } of players) {
      assert.deepEqual(told, [], name);
      for (const { roomType, session, heard } of rooms) {
        await eventually(() => heard.length >= number * players.length, `${name} hears all`);
        for (const { name: other } of players) {
          const own = heard.filter((text) => text.startsWith(`${other} `));
          const wanted = Array.from({ length: number }, (_, index) => `${other} ${index + 1}`);
          assert.deepEqual(own, wanted, `${name} of ${other} in ${roomType}`);
        }
        assert.equal(session.state.counts.get(name)?.n, number);
      }
    }
    backMs.sort((a, b) => a - b);
    t.diagnostic(
      `back after ${Math.round(backMs[backMs.length >> 1] ?? 0)} ms with the start of the process, at most ${Math.round(backMs.at(-1) ?? 0)} ms`,
    );
    await Promise.all(players.map(({ client }) => client.close()));
    await endServer(server.child, "kill");
    const { code, stdout } = await runRoomline(["store", "verify", "--data", folder]);
    assert.match(stdout, /2 rooms, 0 that cannot be read\n$/);
    assert.equal(code, 0);
  });
});
