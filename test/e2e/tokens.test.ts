import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { connect, createCallDialer, createLobby, watchRoom } from "../../client/index.ts";
import { createServer } from "../../server/index.ts";
import { tokenBytesMax } from "../../shared/token.ts";
import { holdNumbers } from "../watch/numbers-room.ts";
import { eventually } from "./spawn-server.ts";

const longest = "Zq7~".repeat(tokenBytesMax / 4);
const tooLong = `${longest}x`;
const protocols = ["grpc", "connect", "connect-http1"] as const;
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };

async function start(test: TestContext) {
  const asked: number[] = [];
  const server = await createServer({
    host: "127.0.0.1",
    port: 0,
    rooms: { numbers: holdNumbers().type },
    authenticate({ token }) {
      asked.push(token.length);
      return { clientId: "ann" };
    },
  });
  test.after(() => server.close());
  await server.createRoom("numbers", { roomId: "r" });
  return { server, asked };
}

/** It says what is too long and how long it may be, shows nothing of it, and sends nobody to look for a server. */
function isNamed({ message }: { message?: unknown }): boolean {
  assert.match(
    String(message),
    new RegExp(`token has ${tokenBytesMax + 1} bytes.*${tokenBytesMax}`),
  );
  assert.doesNotMatch(String(message), /Zq7|Start the server/);
  return true;
}

describe("HS-3: a token of the greatest length", () => {
  for (const scheme of ["", "ws://"]) {
    it(`gets a player in at ${scheme}HOST:PORT, and a longer one is refused by name`, async (test) => {
      const { server, asked } = await start(test);
      const target = `${scheme}${server.address}`;
      const client = await connect(target, { token: longest });
      await client.close();
      assert.deepEqual(asked, [tokenBytesMax]);
      await assert.rejects(connect(target, { token: tooLong }), isNamed);
      const token = () => Promise.resolve(tooLong);
      await assert.rejects(connect(target, { token, log: silent }), isNamed);
      assert.deepEqual(asked, [tokenBytesMax]);
    });
  }

  for (const protocol of protocols) {
    it(`may call services over ${protocol}, and a longer one is refused by name`, async (test) => {
      const { server } = await start(test);
      const dialer = createCallDialer({ target: server.address, protocol });
      const lobby = createLobby("", { token: longest, dialer });
      assert.equal((await lobby.listRooms()).length, 1);
      const options = { topic: "r", dialer, onEvent: () => undefined };
      const watch = watchRoom("", { ...options, token: longest });
      await eventually(() => (watch.status === "live" ? undefined : watch.status), 5_000);
      watch.stop();
      assert.throws(() => createLobby("", { token: tooLong, dialer }), isNamed);
      assert.throws(() => watchRoom("", { ...options, token: tooLong }), isNamed);
      const token = () => Promise.resolve(tooLong);
      await assert.rejects(createLobby("", { token, dialer }).listRooms(), isNamed);
    });
  }

  it("is the greatest for the server as well, whatever the client is", async (test) => {
    const { server, asked } = await start(test);
    const url = `http://${server.address}/roomline.v1.LobbyService/ListRooms`;
    const ask = (token: string, more: Record<string, string> = {}) =>
      fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${token}`, ...more },
        body: "{}",
      });
    assert.equal((await ask(longest)).status, 200);
    const refused = await ask(tooLong);
    assert.equal(refused.status, 401);
    isNamed((await refused.json()) as { message?: unknown });
    assert.deepEqual(asked, [tokenBytesMax]);
    // The rest of the headers has a bound of its own, and so have all together.
    for (const headers of [
      { "x-more": "x".repeat(9_000) },
      { authorization: `Bearer ${longest.repeat(2)}` },
    ]) {
      const { status, ...response } = await ask("short", headers).then(async (it) => ({
        status: it.status,
        text: await it.text(),
      }));
      assert.equal(status, 431);
      assert.match(response.text, /metadataBytesMax/);
    }
  });
});
