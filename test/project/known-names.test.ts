import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cancelWatch, connect, createLobby, watchRoom } from "../../client/index.ts";
import { createServer, defineRoom } from "../../server/index.ts";
import { defineContract, json } from "../../shared/contract/index.ts";
import { nearestName } from "../../shared/known-names.ts";
import { createTestServer, createVirtualClock } from "../../testing/index.ts";

const contract = defineContract({ inputs: { say: json() }, events: { said: json() } });
const onInput = { say: () => undefined };
const room = defineRoom(contract, { onInput });

/** What nobody who has a compiler would write. */
const any = (value: unknown) => value as never;

describe("the name that is most like another", () => {
  for (const [name, known, nearest] of [
    ["prot", ["port", "host", "rooms"], "port"],
    ["onCreate", ["create", "onClose", "onJoin"], "create"],
    ["onjoin", ["onJoin", "onInput"], "onJoin"],
    ["maxPlayer", ["maxPlayers", "matchBy"], "maxPlayers"],
    ["tickRate", ["tickRateHz", "updateRateHz"], "tickRateHz"],
    ["static", ["staticDir"], "staticDir"],
    ["alowedOrigin", ["allowedOrigins", "adminToken"], "allowedOrigins"],
    ["authentcate", ["authenticate", "adminToken"], "authenticate"],
    ["x", ["port", "host"], undefined],
    ["colour", ["port", "host", "rooms"], undefined],
    ["", ["to"], undefined],
    ["y".repeat(100_000), ["port"], undefined],
  ] as const) {
    it(`${name.slice(0, 20)} is ${nearest ?? "like none of them"}`, () => {
      assert.equal(nearestName(name, known), nearest);
    });
  }
});

describe("names that nobody reads are refused, with what was meant", () => {
  const test = createTestServer({ rooms: { room } });
  const ann = test.connect("ann").then(({ client }) => client);
  const joined = test.settle(ann).then(async (client) => ({
    client,
    session: await test.settle(client.join(contract, { roomType: "room" })),
  }));
  const lobby = createLobby("localhost:1");

  for (const [what, call, message] of [
    ["createServer", () => createServer(any({ rooms: { room }, prot: 1 })), /"prot".*"port"/],
    [
      "createServer: rooms as an array",
      () => createServer({ rooms: any([room]) }),
      /rooms is an array.*\{ name: defineRoom/,
    ],
    [
      "createServer: a definition that is no room type",
      () => createServer({ rooms: { chat: any({ onInput }) } }),
      /rooms\.chat is no room type.*defineRoom/,
    ],
    [
      "createServer: limits",
      () => createServer({ rooms: { room }, limits: any({ connectionMax: 1 }) }),
      /limits\.connectionMax.*"connectionsMax"/,
    ],
    [
      "createServer: tls",
      () => createServer({ rooms: { room }, tls: any({ certificate: "", key: "" }) }),
      /"certificate".*"cert"/,
    ],
    [
      "defineRoom",
      () => defineRoom(contract, any({ onInput, onCreate() {} })),
      /"onCreate".*"create"/,
    ],
    [
      "defineRoom: log",
      () => defineRoom(contract, { onInput, log: any({ entryMax: 1 }) }),
      /"entryMax".*entriesMax/,
    ],
    [
      "defineRoom: a handler of no input",
      () => defineRoom(contract, { onInput: any({ ...onInput, sya: () => undefined }) }),
      /"sya".*"say"/,
    ],
    [
      "defineRoom: a hook that is no function",
      () => defineRoom(contract, { onInput, onJoin: any("hello") }),
      /onJoin has to be a function/,
    ],
    [
      "defineRoom without a contract",
      () => defineRoom(any({ onInput }), any({})),
      /contract first/,
    ],
    ["defineContract", () => defineContract(any({ input: {} })), /section "input".*"inputs"/],
    ["connect", () => connect("localhost:1", any({ clientID: "a" })), /"clientID".*"clientId"/],
    [
      "connect: a network by its name",
      () => connect("localhost:1", { network: any("train") }),
      /network is "train"; it has to be what emulateNetwork\("train"\) gives/,
    ],
    [
      "a client of a test server",
      () => test.connect("bob", any({ net: "train" })),
      /"net"\. There are: network/,
    ],
    ["connect: backoff", () => connect("localhost:1", { backoff: any({ max: 1 }) }), /"max"/],
    [
      "join by a name",
      async () => (await joined).client.join(any("room"), any(undefined)),
      /contract first.*the text "room"/,
    ],
    [
      "join without options",
      async () => (await joined).client.join(contract, any(undefined)),
      /join takes an object with roomType/,
    ],
    [
      "join",
      async () => (await joined).client.join(contract, any({ room: "r" })),
      /"room".*"roomType"|"roomId"/,
    ],
    [
      "send",
      async () => (await joined).session.send("say", 1, any({ ephemeal: true })),
      /"ephemeal".*"ephemeral"/,
    ],
    ["pause", async () => (await joined).session.pause(any({ mod: "skip" })), /"mod".*"mode"/],
    [
      "on",
      async () => (await joined).session.on(any("say"), () => 1),
      /no event "say".*There are: said|"said"/,
    ],
    [
      "watchRoom",
      () => watchRoom("localhost:1", any({ topic: "r", onEvnt: () => 1 })),
      /"onEvnt".*"onEvent"/,
    ],
    ["cancelWatch", () => cancelWatch("localhost:1", any({ id: "w" })), /"id"/],
    ["createLobby", () => createLobby("localhost:1", any({ tokn: "" })), /"tokn".*"token"/],
    ["listRooms", () => lobby.listRooms(any({ type: "r" })), /"type"/],
    [
      "watchRooms",
      () => lobby.watchRooms({}, any({ onchange: () => 1 })),
      /"onchange".*"onChange"/,
    ],
    [
      "createRoom of a lobby",
      () => lobby.createRoom(any({ roomtype: "r" })),
      /"roomtype".*"roomType"/,
    ],
    ["reserveSeat", () => lobby.reserveSeat(any({ roomID: "r" })), /"roomID".*"roomId"/],
    ["createTestServer", () => createTestServer(any({ rooms: {}, port: 1 })), /"port"/],
    ["createVirtualClock", () => createVirtualClock(any({ start: 1 })), /"start".*"startMs"/],
  ] as const) {
    it(what, async () => {
      await assert.rejects(
        async () => call(),
        (error: Error & { code?: string }) => {
          assert.match(error.message, message);
          assert.match(error.code ?? "", /^invalid-|^unknown-kind$/);
          assert.ok(!error.message.includes("\n"), "more than one line");
          return true;
        },
      );
    });
  }

  it("the server's own createRoom, rooms and look", async (t) => {
    const server = await createServer({ host: "127.0.0.1", port: 0, rooms: { room } });
    t.after(() => server.close());
    const refused = { code: "invalid-argument" };
    assert.throws(() => server.createRoom("room", any({ id: "r" })), refused);
    await assert.rejects(async () => server.rooms(any({ type: "r" })), refused);
    await assert.rejects(server.room("r").look(any({ rows: 1 })), refused);
  });

  it("publish", async () => {
    let failure: unknown;
    const failing = defineRoom(contract, {
      onInput,
      create(room) {
        try {
          room.publish("said", 1, any({ excpt: [] }));
        } catch (thrown) {
          failure = thrown;
        }
      },
    });
    const server = createTestServer({ rooms: { failing } });
    const { client } = await server.connect("ann");
    await server.settle(client.join(contract, { roomType: "failing" }));
    assert.match(String(failure), /publish: there is no option "excpt"\. Did you mean "except"\?/);
    server.stop();
  });

  it("and those that are there go through", async () => {
    const { client, session } = await joined;
    const seat = { roomId: session.roomId, reservation: "", expiresInMs: 1, sessionId: "2" };
    await assert.rejects(test.settle(client.join(contract, seat)), { code: "session-exists" });
    await test.settle(session.send("say", 1, { ephemeral: true }));
    test.stop();
  });
});
