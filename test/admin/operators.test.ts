import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import { createServer, type ServerOptions } from "roomline/server";
import { resolveServerConfig } from "../../server/config.ts";
import { Operators } from "../../server/services/http/operators.ts";
import { defaultLimits, type Limits } from "../../shared/limits.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";
import { createEchoRoom } from "../engine/rooms.ts";
import { createAdminBench } from "./admin-bench.ts";

const adminTokens = [
  { name: "anna", token: "anna-anna-anna", role: "operate" },
  { name: "grafana", token: "read-read-read", role: "read" },
] as const;

function createScene(limits: Partial<Limits> = {}) {
  const clock = createVirtualClock();
  const operators = new Operators({
    adminTokens,
    isAuthenticated: true,
    limits: { ...defaultLimits, ...limits },
    clock,
  });
  const show = (token: string, address = "10.0.0.1:4711"): string => {
    const metadata = new Map([["authorization", `Bearer ${token}`]]);
    const peer = { protocol: "http", address, metadata } as const;
    const found = operators.recognise(peer);
    if (!(found instanceof ConnectError)) return `${found.name} ${found.role}`;
    if (found.code === Code.Unauthenticated) operators.guessed(peer);
    return Code[found.code];
  };
  return { clock, show };
}

describe("admin tokens", () => {
  it("AD-1: each has a name and a role", () => {
    const { show } = createScene();
    assert.equal(show("anna-anna-anna"), "anna operate");
    assert.equal(show("read-read-read"), "grafana read");
    assert.equal(show("anna-anna-ann"), "Unauthenticated");
    assert.equal(show("anna-anna-anna "), "Unauthenticated");
  });

  it("AD-1: whoever guesses is slowed by address, and then not told whether it was right", () => {
    const { clock, show } = createScene();
    for (let guess = 0; guess < 10; guess++)
      assert.equal(show(`guess-${guess}`, `10.0.0.1:${4711 + guess}`), "Unauthenticated");
    for (let guess = 0; guess < 1_000; guess++) assert.equal(show("x"), "ResourceExhausted");
    assert.equal(show("anna-anna-anna"), "ResourceExhausted");
    assert.equal(show("anna-anna-anna", "10.0.0.2:4711"), "anna operate");
    clock.advance(6_001);
    assert.equal(show("anna-anna-anna"), "anna operate");
    assert.equal(show("y"), "Unauthenticated");
    assert.equal(show("y"), "ResourceExhausted");
  });

  it("AD-1: 700 guesses in a minute are 20 at most", () => {
    const { clock, show } = createScene();
    let looked = 0;
    for (let guess = 0; guess < 700; guess++) {
      if (show(`guess-${guess}`) === "Unauthenticated") looked++;
      clock.advance(60_000 / 700);
    }
    assert.ok(looked <= 20, `${looked} were looked at`);
  });

  it("AD-1: a host with many IPv6 addresses is one, and other networks are others", () => {
    const { show } = createScene({ adminGuessesPerMinute: 2 });
    assert.equal(show("x", "2001:db8:1:2:aaaa::1:4711"), "Unauthenticated");
    assert.equal(show("x", "2001:db8:1:2::2:4711"), "Unauthenticated");
    assert.equal(show("x", "2001:db8:1:2:ffff::3:4711"), "ResourceExhausted");
    assert.equal(show("x", "2001:db8:1:3::1:4711"), "Unauthenticated");
    assert.equal(show("x", "::1:4711"), "Unauthenticated");
  });

  it("what is remembered of guessers is bounded: the oldest goes first", () => {
    const { show } = createScene({ adminGuessesPerMinute: 1, adminGuessAddressesMax: 3 });
    for (const host of [1, 2, 3, 4]) show("x", `10.0.0.${host}:1`);
    assert.equal(show("x", "10.0.0.4:1"), "ResourceExhausted");
    assert.equal(show("x", "10.0.0.1:1"), "Unauthenticated");
  });

  it("AD-1: a reader looks, and does nothing else; what is done has the name of who did it", async () => {
    const admin = createAdminBench({ rooms: { echo: createEchoRoom() } });
    const reader = { headers: { authorization: "Bearer read-read-read" } };
    assert.equal((await admin.client.listRoomStats({}, reader)).total, 0);
    for (const act of [
      () => admin.client.publish({ roomId: "r" }, reader),
      () => admin.client.kickPlayer({ roomId: "r" }, reader),
      () => admin.client.closeConnection({ connectionId: "c" }, reader),
      () => admin.client.closeRoom({ roomId: "r" }, reader),
      () => admin.client.revokeClient({ clientId: "ann" }, reader),
      () => admin.client.drain({}, reader),
    ]) {
      await assert.rejects(act(), (error: ConnectError) => {
        assert.equal(error.code, Code.PermissionDenied);
        assert.match(error.rawMessage, /"grafana" may read only/);
        return true;
      });
    }
    assert.equal(admin.bench.engine.journal.head, 0);
    await admin.client.drain({ withinMs: 5 });
    const [entry] = admin.bench.engine.journal.after(0);
    assert.deepEqual(
      [entry?.kind, entry?.operator, entry?.detail],
      ["admin", "anna", "drain within 5 ms"],
    );
    await admin.finish();
  });

  for (const [given, message] of [
    [{ adminToken: "short" }, /^adminToken is too short/],
    [
      { adminTokens: [{ name: "a", token: "short", role: "read" }] },
      /^the token "a" of adminTokens is too short/,
    ],
    [
      { adminTokens: [{ name: "", token: "long-enough", role: "read" }] },
      /^adminTokens has one without a name/,
    ],
    [
      { adminTokens: [{ name: "a", token: "long-enough", role: "root" }] },
      /^the role of "a" in adminTokens is "root"/,
    ],
    [{ adminTokens: [adminTokens[0], adminTokens[0]] }, /^adminTokens has two of the name "anna"/],
    [
      { adminToken: "anna-anna-anna", adminTokens },
      /^the token "admin" of adminTokens is that of another name/,
    ],
  ] as const) {
    it(`is checked at the start, and not repeated: ${JSON.stringify(given)}`, () => {
      const options = { rooms: {}, ...given } as unknown as ServerOptions;
      assert.throws(
        () => resolveServerConfig(options),
        (error: Error) => {
          assert.match(error.message, message);
          return !/long-enough|anna-anna/.test(error.message);
        },
      );
    });
  }

  it("AD-1: over HTTP, through any service", async (t) => {
    const authenticate = ({ token }: { token: string }) => ({
      clientId: token === "player" ? "p" : "",
    });
    const server = await createServer({
      host: "127.0.0.1",
      port: 0,
      rooms: {},
      adminTokens,
      authenticate,
    });
    t.after(() => server.close());
    const call = async (method: string, token: string): Promise<number> => {
      const response = await fetch(`http://${server.address}/roomline.v1.${method}`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
        body: "{}",
      });
      await response.arrayBuffer();
      return response.status;
    };
    assert.equal(await call("AdminService/ListRoomStats", "read-read-read"), 200);
    assert.equal(await call("AdminService/Drain", "read-read-read"), 403);
    assert.equal(await call("LobbyService/CreateRoom", "read-read-read"), 400);
    // A client's calls are no guesses, those of nobody are.
    for (let round = 0; round < 30; round++)
      assert.equal(await call("LobbyService/ListRooms", "player"), 200);
    for (let round = 0; round < 10; round++)
      assert.equal(await call("LobbyService/ListRooms", `guess-${round}`), 401);
    assert.equal(await call("AdminService/ListRoomStats", "read-read-read"), 429);
    assert.equal(await call("LobbyService/ListRooms", "read-read-read"), 401);
    assert.equal(await call("LobbyService/ListRooms", "player"), 200);
  });
});
