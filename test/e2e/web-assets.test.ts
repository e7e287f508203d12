import assert from "node:assert/strict";
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { connect } from "../../client/index.ts";
import { chat } from "../../examples/chat/contract.ts";
import { chatRoom } from "../../examples/chat/room.ts";
import { createServer, RoomlineError, type ServerOptions } from "../../server/index.ts";

/** A server with a folder of files, beside which lies one that is nobody's business. */
async function serve(test: TestContext, options: Partial<ServerOptions> = {}) {
  const root = mkdtempSync(join(tmpdir(), "roomline-pages-"));
  const staticDir = join(root, "pages");
  mkdirSync(join(staticDir, "game"), { recursive: true });
  writeFileSync(join(staticDir, "index.html"), "<h1>hello</h1>");
  writeFileSync(join(staticDir, "game", "index.html"), "<h1>game</h1>");
  writeFileSync(join(staticDir, "main.js"), "export {};");
  writeFileSync(join(root, "secret.txt"), "secret");
  const server = await createServer({
    host: "127.0.0.1",
    port: 0,
    rooms: { chat: chatRoom },
    staticDir,
    ...options,
  });
  test.after(async () => {
    await server.close();
    rmSync(root, { recursive: true });
  });
  const url = `http://127.0.0.1:${server.port}`;
  return { server, url };
}

/** The status line of a request that fetch would tidy up first. */
function rawGet(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp(port, "127.0.0.1", () => {
      socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
    });
    let text = "";
    socket.on("data", (chunk) => (text += chunk.toString()));
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
  });
}

/** Status, type and body over HTTP/2. */
function http2Get(port: number, path: string): Promise<{ status: unknown; text: string }> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    session.on("error", reject);
    const stream = session.request({ ":path": path });
    let status: unknown;
    let text = "";
    stream.on("response", (headers) => (status = headers[":status"]));
    stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
    stream.on("end", () => session.close(() => resolve({ status, text })));
    stream.end();
  });
}

describe("files for browsers", () => {
  it("sends /monitor to /monitor/, from where the page finds its files", async (test) => {
    const { url } = await serve(test);
    const response = await fetch(`${url}/monitor`, { redirect: "manual" });
    assert.equal(response.status, 308);
    assert.equal(response.headers.get("location"), "monitor/");
  });

  it("serves a folder, index.html for folders, with types, and says when nothing has changed", async (test) => {
    const { url } = await serve(test);
    const root = await fetch(`${url}/`);
    assert.equal(root.status, 200);
    assert.match(root.headers.get("content-type") ?? "", /^text\/html/);
    assert.equal(root.headers.get("x-content-type-options"), "nosniff");
    assert.equal(await root.text(), "<h1>hello</h1>");
    assert.equal(await (await fetch(`${url}/game/`)).text(), "<h1>game</h1>");
    const script = await fetch(`${url}/main.js?v=1`);
    assert.match(script.headers.get("content-type") ?? "", /javascript/);
    const again = await fetch(`${url}/main.js`, {
      headers: { "if-none-match": script.headers.get("etag") ?? "none" },
    });
    assert.equal(again.status, 304);
    const head = await fetch(`${url}/main.js`, { method: "HEAD" });
    assert.equal(head.status, 200);
    assert.equal(await head.text(), "");
  });

  it("serves them over HTTP/2 as well", async (test) => {
    const { server } = await serve(test);
    assert.deepEqual(await http2Get(server.port, "/"), { status: 200, text: "<h1>hello</h1>" });
    assert.equal((await http2Get(server.port, "/nothing")).status, 404);
  });

  it("gives nothing from outside the folder, and files only to those who read", async (test) => {
    const { server, url } = await serve(test);
    for (const path of ["/../secret.txt", "/%2e%2e/secret.txt", "/game/../../secret.txt"]) {
      const answer = await rawGet(server.port, path);
      assert.match(answer, /^HTTP\/1\.1 404 /, path);
      assert.ok(!answer.includes("secret\n"), path);
    }
    assert.equal((await fetch(`${url}/main.js`, { method: "POST", body: "" })).status, 404);
    assert.equal((await fetch(`${url}/nothing.txt`)).status, 404);
  });

  it("without a folder there are none, and the engine's own pages stay", async (test) => {
    const server = await createServer({
      host: "127.0.0.1",
      port: 0,
      rooms: { chat: chatRoom },
    });
    test.after(() => server.close());
    const url = `http://127.0.0.1:${server.port}`;
    assert.equal((await fetch(`${url}/`)).status, 404);
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
  });
});

describe("rooms made by the server", () => {
  it("createRoom makes a room that players find, and refuses what cannot be", async (test) => {
    const { server } = await serve(test);
    assert.equal(server.createRoom("chat", { roomId: "lobby" }), "lobby");
    const client = await connect(server.address, { clientId: "ann" });
    const session = await client.join(chat, { roomId: "lobby" });
    assert.equal(session.roomId, "lobby");
    await client.close();
    const refused = (code: string) => (error: unknown) =>
      error instanceof RoomlineError && error.code === code;
    assert.throws(() => server.createRoom("chat", { roomId: "lobby" }), refused("room-exists"));
    assert.throws(() => server.createRoom("chess"), refused("unknown-room-type"));
    assert.throws(() => server.createRoom("chat", { roomId: "a\nb" }), refused("invalid-argument"));
  });
});

describe("options of the web side", () => {
  const rooms = { chat: chatRoom };
  const wrong = (options: Partial<ServerOptions>) =>
    createServer({ port: 0, host: "127.0.0.1", rooms, ...options }).then(
      (server) => server.close().then(() => "no error"),
      (error: unknown) => (error instanceof RoomlineError ? error.message : String(error)),
    );

  it("are checked, with one line that names the option", async () => {
    assert.match(await wrong({ adminToken: "short" }), /^adminToken is .* 8 characters or more/);
    assert.match(
      await wrong({ allowedOrigins: ["game.example"] }),
      /^allowedOrigins has "game.example"; .*https:\/\/game.example/,
    );
    assert.match(await wrong({ staticDir: "/no/such/folder" }), /^staticDir .*\/no\/such\/folder/);
  });
});
