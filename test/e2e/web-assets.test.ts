import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectHttp2, constants } from "node:http2";
import { connect as connectTcp, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { connect } from "../../client/index.ts";
import { chat } from "../../examples/chat/contract.ts";
import { chatRoom } from "../../examples/chat/room.ts";
import { createServer, RoomlineError, type ServerOptions } from "../../server/index.ts";
import { waitUntil } from "../transport/wait-until.ts";

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
  return { server, url, staticDir };
}

/** What a descriptor of this process is of; empty when it has just been closed. */
function pathOfFd(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return "";
  }
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

  it("gives the playground in dev mode, and where there are operators: else there is none", async (test) => {
    const authenticate = () => ({ clientId: "ann" });
    const adminToken = "secret-secret";
    const open: Partial<ServerOptions>[] = [
      {},
      { adminToken },
      { authenticate, adminToken },
      { authenticate, adminTokens: [{ name: "grafana", token: adminToken, role: "read" }] },
    ];
    for (const options of open) {
      const { url } = await serve(test, options);
      const bare = await fetch(`${url}/playground`, { redirect: "manual" });
      assert.deepEqual([bare.status, bare.headers.get("location")], [308, "playground/"]);
      const page = await fetch(`${url}/playground/`);
      assert.equal(page.status, 200);
      assert.match(page.headers.get("content-security-policy") ?? "", /^default-src 'self'/);
      assert.equal((await fetch(`${url}/playground/main.js`)).status, 200);
    }
    const { url, server } = await serve(test, { authenticate });
    for (const path of [
      "/playground",
      "/playground/",
      "/playground/main.js",
      "/playground/icon.svg",
    ])
      assert.equal((await fetch(`${url}${path}`, { redirect: "manual" })).status, 404, path);
    const ways = ["/monitor/../playground/", "/monitor/..%2fplayground/main.js", "//playground/"];
    for (const path of [
      ...ways,
      "/monitor/%2e%2e/playground/main.js",
      "/monitor/x/../../playground/",
    ])
      assert.match(await rawGet(server.port, path), /^HTTP\/1\.1 404 /, path);
    assert.equal(
      (await fetch(`${url}/monitor/`)).status,
      200,
      "the monitor asks for a token itself",
    );
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

  it("sends the compressed copy beside a file to those who take it", async (test) => {
    const { url, staticDir } = await serve(test);
    writeFileSync(join(staticDir, "main.js.gz"), gzipSync("export {};"));
    for (const path of ["/main.js", "/roomline.js"]) {
      const ask = (encoding: string) =>
        fetch(`${url}${path}`, { headers: { "accept-encoding": encoding } });
      const [small, plain] = [await ask("gzip"), await ask("identity")];
      assert.equal(small.headers.get("content-encoding"), "gzip", path);
      assert.match(small.headers.get("content-type") ?? "", /javascript/);
      assert.match(small.headers.get("vary") ?? "", /accept-encoding/i);
      assert.equal(plain.headers.get("content-encoding"), null);
      assert.equal(await small.text(), await plain.text());
    }
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

  it("gives no files whose names begin with a dot, but what is well known", async (test) => {
    const { url, staticDir } = await serve(test);
    for (const folder of [".git", ".well-known"]) {
      mkdirSync(join(staticDir, folder));
      writeFileSync(join(staticDir, folder, "config"), "secret");
    }
    writeFileSync(join(staticDir, ".env"), "secret");
    for (const path of ["/.env", "/%2eenv", "/.git/config", "/game/%2E%2e/.env"])
      assert.equal((await fetch(`${url}${path}`)).status, 404, path);
    assert.equal((await fetch(`${url}/.well-known/config`)).status, 200);
  });

  it("gives a part of a file, and all of it when the part makes no sense", async (test) => {
    const { url } = await serve(test);
    const ask = (range: string) => fetch(`${url}/main.js`, { headers: { range } });
    const part = await ask("bytes=1-3");
    assert.deepEqual([part.status, await part.text()], [206, "xpo"]);
    for (const range of ["bytes=5-2", "bytes=0-99999999999999999999", "bytes=0-1,3-4", "x"]) {
      const all = await ask(range);
      assert.deepEqual([all.status, await all.text()], [200, "export {};"], range);
    }
  });

  it("lets a file go when its reader has gone", async (test) => {
    const { server, staticDir } = await serve(test);
    writeFileSync(join(staticDir, "large.bin"), Buffer.alloc(16_000_000));
    const isOpen = () =>
      readdirSync("/proc/self/fd").some((fd) => pathOfFd(fd).endsWith("large.bin"));
    const socket = connectTcp(server.port, "127.0.0.1");
    socket.on("error", () => undefined);
    // The second answer waits for the first one.
    socket.write("GET /large.bin HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(2));
    await waitUntil(isOpen, "the file to be open");
    socket.pause().resetAndDestroy();
    await waitUntil(() => !isOpen(), "the file to be closed");
    const session = connectHttp2(`http://127.0.0.1:${server.port}`);
    const stream = session.request({ ":path": "/large.bin" });
    stream.on("error", () => undefined);
    stream.pause();
    await waitUntil(isOpen, "the file to be open");
    stream.close(constants.NGHTTP2_CANCEL);
    await waitUntil(() => !isOpen(), "the file to be closed");
    session.destroy();
  });

  it("survives a file that cannot be opened", async (test) => {
    const { server, url, staticDir } = await serve(test);
    // A socket has a name among the files, and is none.
    const socket = createTcpServer().listen(join(staticDir, "socket.txt"));
    await once(socket, "listening");
    test.after(() => socket.close());
    await assert.rejects(fetch(`${url}/socket.txt`).then((answer) => answer.text()));
    assert.equal((await http2Get(server.port, "/socket.txt")).text, "");
    assert.equal((await fetch(`${url}/main.js`)).status, 200);
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
