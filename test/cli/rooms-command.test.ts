import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { connect, createLobby, type LobbyRoom } from "roomline/client";
import { createServer, type Server } from "roomline/server";
import { roomLine, roomsTable } from "../../cli/rooms/rooms-table.ts";
import { chat } from "../../examples/chat/contract.ts";
import { chatRoom } from "../../examples/chat/room.ts";
import { runRoomline, startRoomline, type Outcome, type Running } from "./spawn-roomline.ts";

/** Ends a command as Ctrl-C does. */
function interrupt(running: Running): Promise<Outcome> {
  running.child.kill("SIGINT");
  return running.ended;
}

describe("roomline rooms and roomline tail", { concurrency: 2 }, () => {
  let server: Server;
  before(async () => {
    server = await createServer({ host: "127.0.0.1", port: 0, rooms: { chat: chatRoom } });
    await server.createRoom("chat", { roomId: "lobby" });
    await server.createRoom("chat", { roomId: "lounge" });
  });
  after(() => server.close());

  test("rooms: a table, or one line of JSON", async () => {
    const url = ["--url", server.address];
    const [table, json, none] = await Promise.all([
      runRoomline(["rooms", ...url]),
      runRoomline(["rooms", ...url, "--json"]),
      runRoomline(["rooms", "--type", "nope"], { ROOMLINE_URL: server.address }),
    ]);
    assert.deepEqual([table.code, json.code, none.code], [0, 0, 0]);
    assert.match(table.stdout, /^ROOM +TYPE +PLAYERS +STATE +AGE +METADATA *\n/);
    assert.match(table.stdout, /\nlobby +chat +\d\/200 +open +\d+ s/);
    const rooms = JSON.parse(json.stdout) as LobbyRoom[];
    assert.deepEqual(
      rooms.slice(0, 2).map(({ roomId }) => roomId),
      ["lobby", "lounge"],
    );
    assert.equal(none.stdout, "0 rooms, 0 players\n");
  });

  test("rooms --watch: a line for each change, until it is interrupted", async () => {
    const running = startRoomline(["rooms", "--watch", "--url", server.address]);
    await running.printed(/^\+ lobby chat/);
    await createLobby(server.address).reserveSeat({ roomType: "chat", roomId: "later" });
    await running.printed(/\+ later chat 0\+1\/200 open\n/);
    assert.deepEqual([(await interrupt(running)).code, (await running.ended).stderr], [0, ""]);
  });

  test("tail: events as they come, as text and as JSON; it ends with where to go on", async () => {
    const tail = ["tail", "lobby", "--url", server.address];
    const client = await connect(server.address, { clientId: "ann" });
    const session = await client.join(chat, { roomId: "lobby" });
    await session.send("say", { text: "before" });
    const running = startRoomline([...tail, "--kinds", "said", "--from", "oldest", "--json"]);
    const live = startRoomline([...tail, "--from", "oldest"]);
    await Promise.all([
      running.printed(/"kind":"said".*"payload":\{.*"text":"before"/),
      live.printed(/ said ann \{.*"text":"before"/),
    ]);
    await session.send("say", { text: "after" });
    await running.printed(/"sender":"ann".*"after"/);
    const [{ code, stderr }, other] = await Promise.all([interrupt(running), interrupt(live)]);
    assert.deepEqual([code, other.code], [0, 0]);
    const [, cursor = ""] = /--from (\S+)\n$/.exec(stderr) ?? [];
    const again = startRoomline([...tail, "--from", cursor]);
    await session.send("say", { text: "later" });
    await again.printed(/^[^\n]* said [^\n]*"later"/);
    await interrupt(again);
    await client.close();
  });

  test("tail ends with its room", async () => {
    await server.createRoom("chat", { roomId: "short" });
    const running = startRoomline(["tail", "short", "--from", "oldest", "--url", server.address]);
    const client = await connect(server.address, { clientId: "cid" });
    const session = await client.join(chat, { roomId: "short" });
    await session.send("say", { text: "hi" });
    await running.printed(/ said cid /);
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ roomId: "short" });
    const url = `http://${server.address}/roomline.v1.AdminService/CloseRoom`;
    const closed = await fetch(url, { method: "POST", headers, body });
    assert.equal(closed.status, 200);
    const { code, stderr } = await running.ended;
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^roomline: .*\n$/);
    await client.close();
  });

  const failing: readonly [what: string, args: (address: string) => string[], line: RegExp][] = [
    ["no server for rooms", () => ["rooms", "--url", "127.0.0.1:1"], /No server answers at 127/],
    ["no server to watch", () => ["rooms", "--watch", "--url", "127.0.0.1:1"], /No server answers/],
    ["no server for tail", () => ["tail", "lobby", "--url", "127.0.0.1:1"], /No server answers/],
    ["an unknown room", (url) => ["tail", "nope", "--url", url], /There is no room "nope"\./],
    [
      "a room that is not for everybody",
      (url) => ["tail", "lobby", "--client-id", "ann", "--url", url],
      /not watchable/,
    ],
    [
      "a kind the room does not have",
      (url) => ["tail", "lobby", "--kinds", "nope", "--url", url],
      /nope/,
    ],
    ["a cursor that is none", (url) => ["tail", "lobby", "--from", "x", "--url", url], /cursor/],
  ];
  for (const [what, args, line] of failing) {
    test(`${what}: one line, exit code 1`, async () => {
      const { code, stdout, stderr } = await runRoomline(args(server.address));
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, /^roomline: [^\n]*\n$/);
      assert.match(stderr, line);
    });
  }

  test("mistakes in the call: a line each, exit code 2", async () => {
    const { code, stderr } = await runRoomline(["rooms", "--url", "x", "--tls-ca", "none.pem"]);
    assert.equal(code, 2);
    assert.match(stderr, /^roomline: --url is "x".*\nroomline: .*file of --tls-ca.*\n$/);
    assert.equal((await runRoomline(["tail"])).code, 2);
  });
});

test("rooms are shown with their seats, state and a bounded piece of what they say", () => {
  const room: LobbyRoom = {
    roomId: "a",
    roomType: "chat",
    players: 3,
    playersMax: 4,
    reserved: 1,
    locked: false,
    asleep: false,
    metadata: { text: "x".repeat(100) },
    createdAtMs: 1_000,
  };
  const line = roomLine(room);
  assert.match(line, /^a chat 3\+1\/4 full \{"text":"x+…$/);
  assert.ok(line.length < 80);
  const bare = { ...room, reserved: 0, metadata: undefined };
  assert.equal(roomLine({ ...bare, locked: true }), "a chat 3/4 locked");
  const day = 24 * 60 * 60_000;
  for (const [ageMs, shown] of [
    [59_999, "59 s"],
    [60_000, "1 min"],
    [2 * 3_600_000, "2 h"],
    [3 * day, "3 d"],
  ] as const) {
    assert.match(roomsTable([bare], 1_000 + ageMs), new RegExp(`open +${shown}`));
  }
});
