import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, createGrpcDialer, type TransportDialer } from "roomline/client";
import { createServer, type Server } from "roomline/server";
import { chatRoom } from "../../examples/chat/room.ts";
import { runProgram, type Program } from "./program.ts";

const script = "examples/chat/terminal.ts";

async function chatServer(): Promise<Server> {
  return createServer({ host: "127.0.0.1", port: 0, rooms: { chat: chatRoom } });
}

function linesOf(program: Program): string[] {
  return program.output.trimEnd().split("\n");
}

test("the terminal chat: two rooms on one connection, pause, cut and resume from a script", async (t) => {
  const server = await chatServer();
  t.after(() => server.close());
  const chat = (name: string, ...rooms: string[]) =>
    runProgram(t, [
      script,
      ...["--url", server.address, "--name", name],
      ...rooms.flatMap((room) => ["--room", room]),
    ]);
  const bob = chat("bob", "lobby");
  bob.write("first\n");
  await bob.whenPrinted(/\[lobby\] bob: first/);

  const ann = chat("ann", "lobby", "games");
  await ann.whenPrinted(/you are in games/);
  assert.equal(server.usage.connections, 2, "one connection for two rooms");
  ann.write("/room lobby\n/who\n/name annie\n/pause\n");
  await ann.whenPrinted(/lobby is paused/);
  bob.write("while paused\n");
  await bob.whenPrinted(/bob: while paused/);
  ann.write("/resume\n");
  await ann.whenPrinted(/lobby: 1 message had waited; live again/);

  ann.write("/cut 2\nsaid while offline\n");
  await ann.whenPrinted(/waits for the connection: said while offline/);
  bob.write("while ann is away\n");
  await ann.whenPrinted(/lobby: 1 message while you were away; nothing is missing/);
  await bob.whenPrinted(/annie: said while offline/);
  ann.write("/bogus\n/room nowhere\n/leave\n/quit\n");
  assert.equal((await ann.ended).code, 0);
  bob.endInput();
  assert.equal((await bob.ended).code, 0);

  const shown = ann.output.replace(/\d\d:\d\d /g, "").replace(/after \d+\.\d s/, "after N s");
  for (const line of [
    "[lobby] bob: first",
    "-- lobby: 1 message from before you came",
    "-- in lobby: bob, ann",
    "-- in lobby you are annie now",
    "[lobby] bob: while paused",
    "-- connection lost; your seats are kept, what you write waits",
    "-- back after N s, in all 2 rooms with one round trip",
    "[lobby] bob: while ann is away",
    "[lobby] annie: said while offline",
    "-- There is no /bogus; /help lists what there is.",
    "-- You are not in nowhere, but in: lobby, games.",
    "-- you left lobby",
  ])
    assert.equal(shown.split("\n").filter((it) => it === line).length, 1, `${line}\n${shown}`);
  for (const line of ["[lobby] * annie lost the connection", "[lobby] * annie is back"])
    assert.ok(linesOf(bob).includes(line), `${line}\n${bob.output}`);
  assert.deepEqual({ ...server.usage, timers: 0, rooms: 0 }, idle);
});

const idle = {
  connections: 0,
  clients: 0,
  sessions: 0,
  rooms: 0,
  watches: 0,
  adminWatches: 0,
  sockets: 0,
  timers: 0,
};

test("the terminal chat: a name in use elsewhere or taken over, no server and bad options are a clear line each", async (t) => {
  const server = await chatServer();
  t.after(() => server.close());
  const way = createGrpcDialer({ target: server.address });
  const elsewhere = new Map([["x-forwarded-for", "192.0.2.1"]]);
  const dialer: TransportDialer = {
    target: way.target,
    dial: (metadata) => way.dial(new Map([...metadata, ...elsewhere])),
  };
  const ann = await connect(server.address, { clientId: "ann", dialer });
  t.after(() => ann.close());
  const twin = runProgram(t, [script, "--url", server.address, "--name", "ann"]);
  const lost = runProgram(t, [script, "--url", "localhost:1", "--name", "ann"]);
  const wrong = runProgram(t, [script, "--rom", "lobby"]);
  assert.equal((await twin.ended).code, 1);
  assert.equal(twin.output, "Somebody is called ann there. Choose another name: --name ann2\n");
  assert.equal((await wrong.ended).code, 2);
  assert.match(wrong.output, /'--rom'.*\n\nUsage: npm run example:chat/);
  assert.equal((await lost.ended).code, 1);
  assert.match(lost.output, /^No server answers at localhost:1\. .*npm start.*\n$/);

  const bob = runProgram(t, [script, "--url", server.address, "--name", "bob"]);
  await bob.whenPrinted(/you are in lobby/);
  const newer = runProgram(t, [script, "--url", server.address, "--name", "bob"]);
  await newer.whenPrinted(/you are in lobby/);
  assert.equal((await bob.ended).code, 1);
  const takenOver =
    "A newer connection with this clientId took over; a second player or tab needs one of its own.";
  assert.ok(bob.output.endsWith(`The server ended the connection: ${takenOver}\n`), bob.output);
  newer.signal("SIGINT");
  assert.equal((await newer.ended).code, 0);
});
