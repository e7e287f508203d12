// roomline/vite in a real Vite server: rooms in processes of their own, players through it.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, test, type TestContext } from "node:test";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { createServer, type ViteDevServer } from "vite";
import { WebSocket } from "ws";
import { connect } from "../../client/index.ts";
import { defineContract, json } from "../../shared/contract/index.ts";
import { AdminService } from "../../shared/gen/roomline/v1/admin_pb.ts";
import { LobbyService } from "../../shared/gen/roomline/v1/lobby_pb.ts";
import { roomline } from "../../vite-plugin/index.ts";
import { childProgram } from "../child-program.ts";

const chat = defineContract({ inputs: { say: json<string>() }, events: { said: json<string>() } });

const roomsCode = (word: string): string => `
import { defineContract, json } from "roomline/contract";
import { defineRoom } from "roomline/server";
const chat = defineContract({ inputs: { say: json() }, events: { said: json() } });
export const rooms = { chat: defineRoom(chat, {
  portable: true,
  onInput: { say: (room, player, text) => void room.publish("said", player.id + " ${word} " + text) },
}) };
`;

/** Vite with rooms, which are of this code. */
async function startVite(t: TestContext, code: string) {
  const folder = mkdtempSync(join(tmpdir(), "roomline-vite-"));
  const engine = resolve(dirname(childProgram("../../cli/main", import.meta.url).path), "..");
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(engine, join(folder, "node_modules", "roomline"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "index.html"), "<title>Page</title>");
  const rooms = join(folder, "rooms.js");
  writeFileSync(rooms, code);
  const vite = await createServer({
    ...{ root: folder, configFile: false, logLevel: "silent" },
    server: { port: 0, host: "127.0.0.1" },
    plugins: [roomline({ rooms, port: 0 })],
  });
  t.after(async () => {
    await vite.close();
    rmSync(folder, { recursive: true, force: true });
  });
  /** What pages are told, the newest last. */
  const told: { readonly type: string; readonly [key: string]: unknown }[] = [];
  const send = vite.ws.send.bind(vite.ws) as (payload: (typeof told)[number]) => void;
  vite.ws.send = ((payload: (typeof told)[number]) => {
    told.push(payload);
    send(payload);
  }) as ViteDevServer["ws"]["send"];
  await vite.listen();
  const address = new URL(vite.resolvedUrls?.local[0] ?? "").host;
  return { vite, address, told, save: (text: string) => writeFileSync(rooms, text) };
}

async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    assert.ok(tries < 400, what);
    await sleep(50);
  }
}

async function play(t: TestContext, address: string) {
  const client = await connect(address, { clientId: "ann", transport: "websocket" });
  t.after(() => client.close());
  const session = await client.join(chat, { roomType: "chat", roomId: "lobby" });
  const heard: string[] = [];
  session.on("said", (line) => heard.push(line));
  const states: string[] = [];
  client.onStateChange((state) => states.push(state));
  return { session, heard, states };
}

describe("roomline/vite", () => {
  test("players are at the origin of the page, and stay while the rooms are saved", async (t) => {
    const { address, save, told } = await startVite(t, roomsCode("says"));
    const { session, heard, states } = await play(t, address);
    await session.send("say", "hello");
    assert.deepEqual(heard, ["ann says hello"]);
    save(roomsCode("shouts"));
    for (let tries = 0; heard.at(-1) !== "ann shouts hello"; tries++) {
      assert.ok(tries < 400, "the new code is live");
      await session.send("say", "hello");
      await sleep(25);
    }
    assert.deepEqual(states, []);
    assert.deepEqual(told, [], "pages are told nothing of it");
  });

  test("what is wrong with the rooms is on all pages, also on those that come later, until it is mended", async (t) => {
    const { vite, address, save, told } = await startVite(t, roomsCode("says"));
    const { session, heard } = await play(t, address);
    save(`${roomsCode("shouts")}\nconst x = ;`);
    await until(() => told.length > 0, "a mistake is told");
    const [error] = told as { readonly type: string; readonly err: { readonly message: string } }[];
    assert.equal(error?.type, "error");
    assert.match(error.err.message, /rooms\.js:\d+/);
    await session.send("say", "hello");
    assert.deepEqual(heard, ["ann says hello"], "the code of before goes on");
    const page = new WebSocket(
      `ws://${address}/?token=${(vite.config as { webSocketToken?: string }).webSocketToken}`,
      "vite-hmr",
    );
    t.after(() => page.close());
    await until(() => told.length > 1, "a page that comes later is told");
    assert.deepEqual(told[1], told[0]);
    save(roomsCode("whispers"));
    await until(() => told.at(-1)?.type === "custom", "it is mended");
    assert.equal(told.at(-1)?.["event"], "roomline:mended");
    const html = await (await fetch(`http://${address}/`)).text();
    const [, path = ""] = /<script type="module" src="([^"]*mended)"/.exec(html) ?? [];
    assert.match(await (await fetch(`http://${address}${path}`)).text(), /vite-error-overlay/);
  });

  test("Vite starts with rooms that do not compile, and players come when they are mended", async (t) => {
    const { address, save } = await startVite(t, "const x = ;");
    save(roomsCode("says"));
    const { session, heard } = await play(t, address);
    await session.send("say", "hello");
    assert.deepEqual(heard, ["ann says hello"]);
  });

  test("AD-1: who comes through Vite is no operator; lists of rooms are given", async (t) => {
    const { address } = await startVite(t, roomsCode("says"));
    const transport = createConnectTransport({ httpVersion: "1.1", baseUrl: `http://${address}` });
    await assert.rejects(createClient(AdminService, transport).listRoomStats({}), {
      rawMessage: /this machine only/,
    });
    const { rooms } = await createClient(LobbyService, transport).listRooms({});
    assert.deepEqual(rooms, []);
  });

  test("Vite that starts again starts the rooms again, and ends them with itself", async (t) => {
    const { vite, address } = await startVite(t, roomsCode("says"));
    await vite.restart();
    const { session, heard } = await play(t, address);
    await session.send("say", "hello");
    assert.deepEqual(heard, ["ann says hello"]);
    const { target } = Object.values(vite.config.server.proxy ?? {})[0] as { target: string };
    assert.equal((await fetch(`${target}/readyz`)).status, 200);
    await vite.close();
    await until(
      async () => (await fetch(`${target}/readyz`).catch(() => undefined)) === undefined,
      "they end",
    );
  });
});
