// What operators see of a server of several processes, and do to it: real ones.
import assert from "node:assert/strict";
import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { Agent } from "node:http";
import { describe, test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { connect } from "../../client/index.ts";
import { chat } from "../../examples/chat/contract.ts";
import { AdminService, type WatchStatsResponse } from "../../shared/gen/roomline/v1/admin_pb.ts";
import { LobbyService } from "../../shared/gen/roomline/v1/lobby_pb.ts";
import { sectionOf } from "../printed/printed-code.ts";
import { startRoomline } from "./spawn-roomline.ts";

const adminToken = "open sesame";

/** A server of two workers, game-1 and game-2, with an operator who comes to any of them with each call. */
async function serve(t: TestContext) {
  const local = ["--host", "127.0.0.1", "--port", "0", "--drain-timeout", "1"];
  const named = ["--workers", "2", "--node", "game", "--admin-token", adminToken];
  const running = startRoomline(["serve", ...local, ...named]);
  t.after(async () => {
    running.child.kill("SIGTERM");
    await running.ended;
  });
  const [, address = ""] = await running.said(/listening on (\S+) .*, 2 workers/);
  const admin = createClient(
    AdminService,
    createConnectTransport({
      ...{ httpVersion: "1.1", baseUrl: `http://${address}` },
      nodeOptions: { agent: new Agent({ keepAlive: false }) },
      interceptors: [
        (next) => (request) => {
          request.header.set("authorization", `Bearer ${adminToken}`);
          return next(request);
        },
      ],
    }),
  );
  return { running, address, admin };
}

/** Somebody in the lobby, and how that ended. */
async function chatter(t: TestContext, address: string, clientId: string) {
  const client = await connect(address, { clientId, backoff: { maxMs: 200 } });
  t.after(() => client.close());
  const session = await client.join(chat, { roomType: "chat", roomId: "lobby" });
  const ends: string[] = [];
  session.onClose(({ reason }) => ends.push(reason.name));
  return { session, ends };
}

async function eventually(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    assert.ok(tries < 300, what);
    await sleep(50);
  }
}

/** A program that starts a server itself. */
async function startProgram(t: TestContext, path: string) {
  const child = spawn(process.execPath, ["--conditions=roomline-source", "--import", "tsx", path], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  const ended = once(child, "close");
  t.after(async () => {
    child.kill("SIGTERM");
    await ended;
  });
  await eventually(() => /^at \S+$/m.test(said), "the program listens");
  return { address: /^at (\S+)$/m.exec(said)?.[1] ?? "", said: () => said };
}

describe("createServer({ workers, place })", () => {
  test("makes rooms where the program says; what it says wrongly is in the log, and the room is made all the same", async (t) => {
    const { address, said } = await startProgram(t, "test/cli/rooms/placing-program.ts");
    const transport = createConnectTransport({
      ...{ httpVersion: "1.1", baseUrl: `http://${address}` },
      // Whichever worker a call comes to.
      nodeOptions: { agent: new Agent({ keepAlive: false }) },
    });
    const lobby = createClient(LobbyService, transport);
    const admin = createClient(AdminService, transport);
    for (const roomType of ["first", "second", "nowhere", "broken"]) {
      for (let room = 1; room <= 4; room++)
        await lobby.createRoom({ roomType, roomId: `${roomType}-${room}` });
    }
    const { rooms, total } = await admin.listRoomStats({});
    assert.equal(total, 16);
    for (const [roomType, node] of [
      ["first", "game-1"],
      ["second", "game-2"],
    ] as const) {
      const nodes = rooms.filter((room) => room.roomType === roomType).map((room) => room.node);
      assert.deepEqual(nodes, [node, node, node, node], roomType);
    }
    const told = (pattern: RegExp) => said().match(pattern)?.length;
    assert.equal(told(/place has to return the name of a node.*returned "game-77"/g), 4);
    assert.equal(told(/place failed\. The room is made/g), 4);
    assert.match(said(), /The list of machines is away\./);
  });
});

describe("operators of roomline serve --workers", () => {
  test("AD-5, AD-11, AD-12: the lists, the statistics and the journal are those of both workers, whichever answers", async (t) => {
    const { address, admin } = await serve(t);
    const players = new Map<string, Awaited<ReturnType<typeof chatter>>>();
    const nodesOf = async () => {
      const { connections, missing } = await admin.listConnections({});
      assert.deepEqual([connections.length, missing], [players.size, []]);
      return new Map(connections.map(({ clientId, node }) => [clientId, node]));
    };
    await eventually(async () => {
      assert.ok(players.size < 100, "everybody is at one worker");
      const name = `player-${players.size}`;
      players.set(name, await chatter(t, address, name));
      return new Set((await nodesOf()).values()).size === 2;
    }, "players at both");
    const nodes = await nodesOf();
    // Some of these calls come to one worker, and some to the other.
    for (let call = 0; call < 6; call++) {
      const { sessions, total } = await admin.listSessions({ roomId: "lobby" });
      assert.equal(total, players.size);
      assert.deepEqual(new Map(sessions.map(({ clientId, node }) => [clientId, node])), nodes);
    }
    const messages: WatchStatsResponse[] = [];
    const stop = new AbortController();
    const watching = (async () => {
      const { signal } = stop;
      for await (const message of admin.watchStats(
        { intervalMs: 100, journalMax: 1_000 },
        { signal },
      ))
        messages.push(message);
    })().catch(() => undefined);
    await eventually(() => messages.length >= 3, "statistics");
    const newest = messages.at(-1);
    assert.deepEqual(
      [newest?.nodeNames, newest?.missing, newest?.sessionsTotal],
      [["game-1", "game-2"], [], players.size],
    );
    assert.deepEqual(
      newest?.nodes.map(({ node, connectionsTotal }) => [node?.node, connectionsTotal]),
      ["game-1", "game-2"].map((name) => [
        name,
        [...nodes.values()].filter((node) => node === name).length,
      ]),
    );
    for (const node of ["game-1", "game-2"]) {
      const [name = ""] = [...nodes].find(([, at]) => at === node) ?? [];
      const row = (await admin.listConnections({ node })).connections.find(
        ({ clientId }) => clientId === name,
      );
      await admin.closeConnection({ connectionId: row?.connectionId ?? "", forbid: true });
      await eventually(() => players.get(name)?.ends[0] === "forbidden", name);
    }
    const told = () => messages.flatMap(({ journal }) => journal);
    const closed = () => told().filter(({ kind }) => kind === "closed");
    await eventually(() => closed().length === 2, "both ends in the journal");
    assert.deepEqual(new Set(closed().map(({ node }) => node)), new Set(["game-1", "game-2"]));
    const keys = told().map(({ node, number }) => `${node} ${number}`);
    assert.equal(new Set(keys).size, keys.length, "no entry twice");
    stop.abort();
    await watching;
  });

  const hasCurl = spawnSync("curl", ["--version"]).error === undefined;
  const skip = hasCurl ? false : "there is no curl here";
  test(
    "AD-11: what docs/operating.md has for a shell runs as it is printed",
    { skip },
    async (t) => {
      const { running, address, admin } = await serve(t);
      const ann = await chatter(t, address, "ann");
      await chatter(t, address, "bob");
      const [, code = ""] =
        /```sh\n([\s\S]*?)```/.exec(sectionOf("docs/operating.md", "## From a shell")) ?? [];
      const [start = "", commands = ""] = code.split("\n\n");
      const sh = promisify(execFile);
      const run = async (command: string) => {
        const env = { ...process.env, ROOMLINE_ADMIN_TOKEN: adminToken };
        const script = `${start.replace("localhost:50051", address)}\n${command}`;
        return JSON.parse((await sh("sh", ["-c", script], { env })).stdout) as Record<
          string,
          unknown
        >;
      };
      // The ids in there are for whoever reads; and those that end the server come last.
      const lines = commands.split("\n").filter((line) => line !== "" && !line.includes("…"));
      const ends = lines.filter((line) => /^admin (Drain|Restart)/.test(line));
      assert.deepEqual([lines.length, ends.length], [10, 2]);
      for (const line of lines.filter((one) => !ends.includes(one))) {
        const answer = await run(line);
        assert.equal(answer["code"], undefined, `${line}: ${JSON.stringify(answer)}`);
      }
      assert.deepEqual(ann.ends, ["kicked"]);
      assert.equal(
        (await admin.listRoomStats({ roomType: "chat" })).total,
        0,
        "the lobby is closed",
      );
      const before = (await admin.listRoomStats({})).rooms.length;
      assert.ok(before > 0, "the others are not");
      for (const line of [...ends].reverse()) assert.deepEqual(await run(line), {});
      assert.equal((await running.ended).code, 0);
    },
  );
});
