import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { describe, it, type TestContext } from "node:test";
import { connect, createLobby, watchRoom } from "../../client/index.ts";
import { createServer, type ServerOptions } from "../../server/index.ts";
import { holdNumbers } from "../watch/numbers-room.ts";
import { eventually } from "./spawn-server.ts";

const addresses = Object.values(networkInterfaces()).flat();
const skip =
  !addresses.some((one) => one?.address === "::1") && "SKIPPED: this machine has no IPv6";

async function start(test: TestContext, options: Partial<ServerOptions>) {
  const peers: string[] = [];
  const server = await createServer({
    port: 0,
    rooms: { numbers: holdNumbers().type },
    authenticate: ({ clientId, peer }) => {
      peers.push(peer.address);
      return { clientId };
    },
    ...options,
  });
  test.after(() => server.close());
  await server.createRoom("numbers", { roomId: "r" });
  return { server, peers };
}

/** Uses everything that takes an address. */
async function useAll(address: string): Promise<void> {
  for (const target of [address, `ws://${address}`, `http://${address}`]) {
    const client = await connect(target, { clientId: "ann" });
    await client.close();
    assert.equal((await createLobby(target, { clientId: "ann" }).listRooms()).length, 1);
    const watch = watchRoom(target, { topic: "r", clientId: "ann", onEvent: () => undefined });
    await eventually(() => (watch.status === "live" ? undefined : watch.status), 5_000);
    watch.stop();
    await watch.ended;
  }
}

describe("addresses", () => {
  it("by default a server is reached by every address of its machine", { skip }, async (test) => {
    const { server, peers } = await start(test, {});
    assert.equal(server.host, "::");
    assert.equal(server.address, `localhost:${server.port}`);
    await useAll(`127.0.0.1:${server.port}`);
    assert.ok(
      peers.every((peer) => /^127\.0\.0\.1:\d+$/.test(peer)),
      peers.join(" "),
    );
    peers.length = 0;
    await useAll(`[::1]:${server.port}`);
    assert.ok(
      peers.every((peer) => /^\[::1\]:\d+$/.test(peer)),
      peers.join(" "),
    );
  });

  for (const host of ["::1", "[::1]"]) {
    it(`a server on ${host} names an address that clients take`, { skip }, async (test) => {
      const { server } = await start(test, { host });
      assert.equal(server.address, `[::1]:${server.port}`);
      await useAll(server.address);
    });
  }

  it(
    "AD-1: over IPv6, too, programs on this machine are operators in dev mode",
    { skip },
    async (test) => {
      const rooms = { numbers: holdNumbers().type };
      const server = await createServer({ host: "::", port: 0, rooms });
      test.after(() => server.close());
      for (const host of ["127.0.0.1", "[::1]", "localhost"]) {
        const url = `http://${host}:${server.port}/roomline.v1.AdminService/ListSessions`;
        const headers = { "content-type": "application/json" };
        const { status } = await fetch(url, { method: "POST", headers, body: "{}" });
        assert.equal(status, 200, host);
      }
    },
  );

  it("a resume address that nobody could come back to is refused at the start", async () => {
    const rooms = { numbers: holdNumbers().type };
    for (const resumeAddress of ["::1:50051", "ws://ann:secret@game.example", "a b"]) {
      await assert.rejects(createServer({ port: 0, rooms, resumeAddress }), {
        code: "invalid-config",
        message: /^resumeAddress: /,
      });
    }
  });

  it("a path is kept in front of all that is asked for", async (test) => {
    const asked: string[] = [];
    const front = createHttpServer((request, response) => {
      asked.push(request.url ?? "");
      response.writeHead(503).end();
    });
    front.on("upgrade", (request, socket) => {
      asked.push(request.url ?? "");
      socket.destroy();
    });
    front.listen(0, "127.0.0.1");
    const grpcFront = createHttp2Server((request, response) => {
      asked.push(request.url);
      response.stream.close();
    });
    grpcFront.listen(0, "127.0.0.1");
    await Promise.all([once(front, "listening"), once(grpcFront, "listening")]);
    test.after(() => [front.close(), grpcFront.close()]);
    const at = (it: typeof front | typeof grpcFront) =>
      `127.0.0.1:${(it.address() as AddressInfo).port}`;
    const options = { clientId: "ann", connectTimeoutMs: 500 };
    const targets = [
      `http://${at(front)}/eu`,
      `ws://${at(front)}/eu/connect`,
      `${at(grpcFront)}/eu`,
    ];
    for (const target of targets) {
      await assert.rejects(connect(target, options));
      await assert.rejects(createLobby(target).listRooms());
    }
    await eventually(() => (new Set(asked).size === 3 ? undefined : asked.join(" ")), 3_000);
    assert.deepEqual([...new Set(asked)].sort(), [
      "/eu/connect",
      "/eu/roomline.v1.LobbyService/ListRooms",
      "/eu/roomline.v1.RealtimeService/Connect",
    ]);
  });
});
