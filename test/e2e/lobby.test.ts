import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { createClient, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { connect, createLobby, createCallDialer, type KeptStatus } from "../../client/index.ts";
import * as z from "zod";
import { chatRoom } from "../../examples/chat/room.ts";
import { createServer, defineRoom, type ServerOptions } from "../../server/index.ts";
import { defineContract, json } from "../../shared/contract/index.ts";
import { AdminService } from "../../shared/gen/roomline/v1/admin_pb.ts";
import { LobbyService, PayloadPart } from "../../shared/gen/roomline/v1/lobby_pb.ts";
import { createEchoRoom, echoContract } from "../engine/rooms.ts";
import { eventually } from "./spawn-server.ts";
import { startTcpProxy } from "./tcp-proxy.ts";
import { RoomlineError } from "../../shared/errors.ts";

const counter = defineContract({ inputs: { add: json(z.int().min(1).max(9)) } });
const counterRoom = defineRoom(counter, { onInput: { add: () => undefined } });

/** A schema, without what says which draft it is of. */
function parse(jsonSchema: string): Record<string, unknown> {
  const { $schema: _, ...schema } = JSON.parse(jsonSchema) as Record<string, unknown>;
  return schema;
}

async function start(test: TestContext, options: Partial<ServerOptions> = {}) {
  const rooms = { echo: createEchoRoom(undefined, { maxPlayers: 1, emptyDelayMs: Infinity }) };
  const server = await createServer({ host: "127.0.0.1", port: 0, rooms, ...options });
  test.after(() => server.close());
  return server;
}

describe("lobby over the network", () => {
  it("LB-1, LB-3: every protocol lists and watches", async (test) => {
    const server = await start(test);
    await server.createRoom("echo", { roomId: "a" });
    const baseUrl = `http://${server.address}`;
    const httpVersion = "1.1";
    const transports: Record<string, Transport> = {
      grpc: createGrpcTransport({ baseUrl }),
      "gRPC-Web, HTTP/1": createGrpcWebTransport({ baseUrl, httpVersion }),
      "gRPC-Web, HTTP/2": createGrpcWebTransport({ baseUrl, httpVersion: "2" }),
      "Connect, HTTP/1": createConnectTransport({ baseUrl, httpVersion }),
      "Connect GET": createConnectTransport({ baseUrl, httpVersion, useHttpGet: true }),
      "Connect, HTTP/2": createConnectTransport({ baseUrl, httpVersion: "2" }),
    };
    for (const [name, transport] of Object.entries(transports)) {
      const client = createClient(LobbyService, transport);
      const { rooms } = await client.listRooms({ filter: { joinable: true } });
      assert.deepEqual(
        rooms.map(({ roomId }) => roomId),
        ["a"],
        name,
      );
      const abort = new AbortController();
      const watch = client.watchRooms({}, { signal: abort.signal })[Symbol.asyncIterator]();
      const first = await watch.next();
      assert.ok(first.done !== true && first.value.rooms.length === 1, name);
      abort.abort();
      await assert.rejects(watch.next());
    }
  });

  it("LB-7, AD-13: gRPC and Connect tell clients and operators the schemas of a contract", async (test) => {
    const server = await start(test, { rooms: { chat: chatRoom, counter: counterRoom } });
    const baseUrl = `http://${server.address}`;
    const transports: Transport[] = [
      createGrpcTransport({ baseUrl }),
      createConnectTransport({ baseUrl, httpVersion: "2" }),
      createConnectTransport({ baseUrl, httpVersion: "1.1", useHttpGet: true }),
    ];
    for (const service of [LobbyService, AdminService]) {
      for (const transport of transports) {
        const { roomTypes } = await createClient(service, transport).describeRoomTypes({});
        const told = roomTypes.map(({ roomType, schemas }) => [
          roomType,
          schemas.map(({ part, name, jsonSchema }) => ({ part, name, ...parse(jsonSchema) })),
        ]);
        const { INPUT } = PayloadPart;
        // Those of the chat are of valibot, which has none.
        assert.deepEqual(told, [
          ["chat", []],
          ["counter", [{ part: INPUT, name: "add", type: "integer", minimum: 1, maximum: 9 }]],
        ]);
      }
    }
  });

  it("LB-2, LB-4: as curl would, in JSON", async (test) => {
    const server = await start(test);
    const call = async (method: string, request: object) => {
      const url = `http://${server.address}/roomline.v1.LobbyService/${method}`;
      const headers = { "content-type": "application/json" };
      const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(request) });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    const wanted = { roomType: "echo", roomId: "a", options: { map: "hills" } };
    assert.equal((await call("CreateRoom", wanted)).status, 200);
    const seat = await call("ReserveSeat", { roomId: "a" });
    assert.equal(seat.body["expiresInMs"], 15_000);
    const { body } = await call("ListRooms", { filter: { metadata: { map: "hills" } } });
    assert.deepEqual(body, {});
    const again = await call("CreateRoom", wanted);
    assert.deepEqual([again.status, again.body["code"]], [409, "already_exists"]);
  });

  it("LB-4: createLobby reserves a seat, and join takes it", async (test) => {
    const server = await start(test);
    const lobby = createLobby(server.address, { clientId: "ann" });
    const room = await lobby.createRoom({ roomType: "echo", options: { map: "hills" } });
    assert.equal(room.playersMax, 1);
    const seat = await lobby.reserveSeat({ roomId: room.roomId, playerId: "ann" });
    const [listed] = await lobby.listRooms({ roomType: "echo" });
    assert.deepEqual(listed, { ...room, reserved: 1 });
    assert.deepEqual(await lobby.listRooms({ joinable: true }), []);
    const [ann, bob] = await Promise.all([
      connect(server.address, { clientId: "ann" }),
      connect(server.address, { clientId: "bob" }),
    ]);
    const refused = bob.join(echoContract, { roomId: room.roomId });
    await assert.rejects(refused, { code: "room-full" });
    await assert.rejects(bob.join(echoContract, seat), { code: "invalid-reservation" });
    const session = await ann.join(echoContract, seat);
    assert.equal(session.roomId, room.roomId);
    await assert.rejects(lobby.reserveSeat({ roomId: "nowhere" }), { code: "unknown-room" });
    await Promise.all([ann.close(), bob.close()]);
  });

  it("LB-3: a watched list comes back by itself, with what was missed", async (test) => {
    const server = await start(test);
    for (const roomId of ["a", "b"]) await server.createRoom("echo", { roomId });
    const proxy = await startTcpProxy(test, server.port);
    for (const protocol of ["grpc", "connect-http1"] as const) {
      const changes: string[] = [];
      const statuses: KeptStatus[] = [];
      const lobby = createLobby("", {
        dialer: createCallDialer({ target: proxy.target, protocol }),
        backoff: { initialMs: 20, maxMs: 40 },
      });
      const watch = lobby.watchRooms(
        { roomType: "echo" },
        {
          onChange: ({ changed, removed }) => {
            changes.push(...removed.map((id) => `-${id}`));
            changes.push(...changed.map(({ roomId, players }) => `+${roomId} ${players}`));
          },
          onStatus: (status) => statuses.push(status),
        },
      );
      const has = (...expected: string[]) =>
        eventually(() => (changes.join() === expected.join() ? undefined : changes.join()), 5_000);
      await has("+a 0", "+b 0");
      const ann = await connect(server.address, { clientId: "ann" });
      proxy.cut();
      const session = await ann.join(echoContract, { roomId: "b" });
      await has("+a 0", "+b 0", "+b 1");
      proxy.cut();
      await session.leave();
      await has("+a 0", "+b 0", "+b 1", "+b 0");
      assert.deepEqual(statuses.slice(0, 3), ["live", "waiting", "connecting"]);
      watch.stop();
      assert.equal(await watch.ended, undefined);
      assert.equal(watch.status, "ended");
      await ann.close();
    }
    await server.close();
    assert.deepEqual(
      Object.entries(server.usage).filter(([, left]) => left !== 0),
      [],
    );
  });

  it("LB-3: a watch waits for its server, and ends when it is refused", async (test) => {
    const proxyless = createLobby("127.0.0.1:1", { backoff: { initialMs: 5, maxMs: 10 } });
    await assert.rejects(proxyless.listRooms(), { code: "unavailable" });
    const waiting = proxyless.watchRooms({}, { onChange: () => undefined });
    await eventually(() => (waiting.status === "waiting" ? undefined : waiting.status), 2_000);
    waiting.stop();
    assert.equal(await waiting.ended, undefined);
    const server = await start(test, {
      authenticate: () => {
        throw new RoomlineError("join-refused", "No.");
      },
    });
    const lobby = createLobby(server.address);
    const refused = lobby.watchRooms({}, { onChange: () => undefined });
    assert.equal((await refused.ended)?.message, "The token is missing, wrong or expired. (No)");
    assert.throws(() => createLobby("ftp://localhost:1"), { code: "invalid-config" });
  });
});
