import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromJson } from "@bufbuild/protobuf";
import { RoomlineError } from "../../shared/errors.ts";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { ErrorCode, JoinMode } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { createEchoRoom } from "../engine/rooms.ts";
import { lobbyError } from "../../client/lobby/lobby-messages.ts";
import { as, createLobbyBench, failsWith } from "./lobby-bench.ts";

const value = (json: Parameters<typeof fromJson>[1]) => fromJson(ValueSchema, json);

describe("LobbyService: making rooms and reserving seats", () => {
  it("LB-4: ReserveSeat finds or makes a room, and the Join with its secret gets the seat", async () => {
    const lobby = createLobbyBench({
      rooms: { echo: createEchoRoom(undefined, { maxPlayers: 1 }) },
    });
    const { client } = lobby;
    const asked = { roomType: "echo", playerId: "bob" };
    const { roomId, reservation, expiresInMs } = await client.reserveSeat(asked, as("ann"));
    assert.equal(expiresInMs, 15_000);
    assert.ok(reservation.length >= 1 && roomId !== "");
    const { rooms } = await client.listRooms({}, as("ann"));
    assert.deepEqual([rooms[0]?.players, rooms[0]?.reserved], [0, 1]);
    const [ann, bob] = [lobby.bench.connect("ann"), lobby.bench.connect("bob")];
    ann.join("1", { roomId, reservation });
    assert.equal(ann.last("error").code, ErrorCode.INVALID_RESERVATION);
    bob.join("1", { roomId, reservation });
    assert.equal(bob.last("joined").roomId, roomId);
    await assert.rejects(
      client.reserveSeat({ roomId }, as("ann")),
      failsWith(Code.ResourceExhausted, "room-full"),
    );
    await assert.rejects(
      client.reserveSeat({ roomType: "echo", mode: JoinMode.JOIN }, as("ann")),
      failsWith(Code.NotFound, "unknown-room"),
    );
    await assert.rejects(
      client.reserveSeat({ roomId: "nowhere" }, as("ann")),
      failsWith(Code.NotFound, "unknown-room"),
    );
    await lobby.finish();
  });

  it("LB-4: the number a client holds is bounded, an operator's is not", async () => {
    const lobby = createLobbyBench({
      rooms: { echo: createEchoRoom() },
      limits: { reservationsPerClientMax: 1 },
    });
    lobby.create("a");
    const reserve = (name: string) => lobby.client.reserveSeat({ roomId: "a" }, as(name));
    await reserve("ann");
    await assert.rejects(reserve("ann"), failsWith(Code.ResourceExhausted, "rate-limited"));
    for (let count = 0; count < 3; count++) await reserve("admin");
    await lobby.finish();
  });

  it("the rooms that stand because one client made them are bounded, an operator's are not", async () => {
    const lobby = createLobbyBench({
      rooms: { echo: createEchoRoom(undefined, { emptyDelayMs: 1_000 }) },
      limits: { roomsPerClientMax: 2 },
    });
    const make = (name: string) => lobby.client.createRoom({ roomType: "echo" }, as(name));
    await make("ann");
    const ann = lobby.bench.connect("ann");
    ann.join("1", { roomType: "echo", mode: JoinMode.CREATE });
    await assert.rejects(make("ann"), failsWith(Code.ResourceExhausted, "too-many-rooms"));
    ann.join("2", { roomType: "echo", mode: JoinMode.CREATE });
    assert.equal(ann.last("error").code, ErrorCode.TOO_MANY_ROOMS);
    await make("bob");
    for (let count = 0; count < 3; count++) await make("admin");
    await lobby.advance(1_000);
    await make("ann");
    await assert.rejects(make("ann"), failsWith(Code.ResourceExhausted, "too-many-rooms"));
    await lobby.finish();
  });

  it("calls of one client are bounded, an operator's are not", async () => {
    const lobby = createLobbyBench({
      rooms: { echo: createEchoRoom() },
      limits: { callsPerSecond: 1, callsBurst: 2 },
    });
    const list = (name: string) => lobby.client.listRooms({}, as(name));
    await list("ann");
    await list("ann");
    await assert.rejects(list("ann"), failsWith(Code.ResourceExhausted, "rate-limited"));
    await list("bob");
    for (let count = 0; count < 5; count++) await list("admin");
    await lobby.advance(1_000);
    await list("ann");
    await lobby.finish();
  });

  it("LB-5: a type's authorize decides on CreateRoom and ReserveSeat as on Join; operators are not asked", async () => {
    const asked: unknown[] = [];
    const lobby = createLobbyBench({
      rooms: {
        echo: createEchoRoom(undefined, {
          authorize: async (join) => {
            asked.push(join);
            await Promise.resolve();
            if (join.playerId !== "ann") throw new RoomlineError("join-refused", "Only ann may.");
          },
        }),
      },
      authenticate: ({ token }) => ({ clientId: token, claims: { rank: 3 } }),
    });
    const { client } = lobby;
    const token = (name: string) => ({ headers: { authorization: `Bearer ${name}` } });
    const wanted = { roomType: "echo", roomId: "a", options: value({ map: 1 }) };
    await assert.rejects(
      client.createRoom(wanted, token("bob")),
      failsWith(Code.PermissionDenied, "join-refused"),
    );
    await client.createRoom(wanted, token("ann"));
    await assert.rejects(
      client.reserveSeat({ roomId: "a" }, token("bob")),
      failsWith(Code.PermissionDenied, "join-refused"),
    );
    const { playerId, claims, roomType, roomId, options } = asked[1] as Record<string, unknown>;
    assert.deepEqual(
      { playerId, claims, roomType, roomId, options },
      { playerId: "ann", claims: { rank: 3 }, roomType: "echo", roomId: "a", options: { map: 1 } },
    );
    assert.equal(asked.length, 3);
    await client.reserveSeat({ roomId: "a" }, as("admin"));
    assert.equal(asked.length, 3);
    await lobby.finish();
  });

  it("LB-5: what is asked wrongly is refused by name", async () => {
    const lobby = createLobbyBench({ rooms: { echo: createEchoRoom() }, limits: { roomsMax: 1 } });
    const { client } = lobby;
    const create = (request: Parameters<typeof client.createRoom>[0]) =>
      client.createRoom(request, as("ann"));
    const invalid = failsWith(Code.InvalidArgument, "invalid-argument");
    await assert.rejects(create({ roomId: "a" }), invalid);
    await assert.rejects(create({ roomType: "echo", roomId: "x".repeat(129) }), invalid);
    const options = value("x".repeat(4_096));
    await assert.rejects(create({ roomType: "echo", options }), invalid);
    const nan = { kind: { case: "numberValue", value: NaN } } as const;
    await assert.rejects(create({ roomType: "echo", options: nan }), invalid);
    await assert.rejects(
      create({ roomType: "nope" }),
      failsWith(Code.NotFound, "unknown-room-type"),
    );
    await create({ roomType: "echo", roomId: "a" });
    await assert.rejects(
      create({ roomType: "echo", roomId: "a" }),
      failsWith(Code.AlreadyExists, "room-exists"),
    );
    await assert.rejects(
      create({ roomType: "echo" }),
      failsWith(Code.ResourceExhausted, "too-many-rooms"),
    );
    await assert.rejects(client.reserveSeat({}, as("ann")), invalid);
    await assert.rejects(client.reserveSeat({ roomId: "a", playerId: "\n" }, as("ann")), invalid);
    lobby.bench.engine.drain(0);
    await assert.rejects(create({ roomType: "echo" }), failsWith(Code.Unavailable, "draining"));
    await lobby.finish();
  });

  it("LB-5: what a room refuses keeps its code and its reason", async () => {
    const lobby = createLobbyBench({
      rooms: {
        echo: createEchoRoom(undefined, {
          authorize: () => {
            throw new RoomlineError("refused", "You are 12 years old.", {
              reason: "zu jung, später",
            });
          },
        }),
      },
      authenticate: () => ({ clientId: "ann" }),
    });
    const creating = lobby.client.createRoom({ roomType: "echo" }, as("ann"));
    const failed = await creating.then(
      () => assert.fail("It was made."),
      (thrown: unknown) => thrown,
    );
    await assert.rejects(creating, failsWith(Code.PermissionDenied, "refused"));
    const { code, message, reason } = lobbyError(failed);
    const told = { code, message, reason };
    const refusal = {
      code: "refused",
      message: "You are 12 years old.",
      reason: "zu jung, später",
    };
    assert.deepEqual(told, refusal);
    await lobby.finish();
  });

  it("AD-1: who may not come in learns nothing from the lobby", async () => {
    const lobby = createLobbyBench({
      rooms: { echo: createEchoRoom() },
      authenticate: () => {
        throw new RoomlineError("join-refused", "No.");
      },
    });
    const { client } = lobby;
    const unauthenticated = failsWith(Code.Unauthenticated);
    await assert.rejects(client.listRooms({}), {
      rawMessage: "The token is missing, wrong or expired. (No)",
    });
    await assert.rejects(client.listRooms({}), unauthenticated);
    await assert.rejects(client.createRoom({ roomType: "echo" }), unauthenticated);
    await assert.rejects(client.reserveSeat({ roomType: "echo" }), unauthenticated);
    await assert.rejects(client.describeRoomTypes({}), unauthenticated);
    const answers = client.watchRooms({})[Symbol.asyncIterator]();
    await assert.rejects(answers.next(), unauthenticated);
    assert.equal(lobby.bench.engine.rooms.size, 0);
    await lobby.finish();
  });
});
