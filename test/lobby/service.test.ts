import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createFileRegistry, fromBinary, fromJson, toJson } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema, ValueSchema } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { arenaRoom } from "../../examples/arena/room.ts";
import type { RoomDefinition } from "../../server/room/room-api.ts";
import type { RoomInfo } from "../../shared/gen/roomline/v1/lobby_pb.ts";
import { createEchoRoom, type echoContract } from "../engine/rooms.ts";
import { as, createLobbyBench, failsWith, watch } from "./lobby-bench.ts";

type Definition = RoomDefinition<typeof echoContract, undefined>;

/** A room type whose rooms take their metadata from the options they are made with. */
const describedRoom = (more: Partial<Definition> = {}) =>
  createEchoRoom(undefined, {
    create: (room, options) => {
      room.metadata = options ?? null;
      return undefined;
    },
    ...more,
  });

const value = (json: Parameters<typeof fromJson>[1]) => fromJson(ValueSchema, json);

describe("LobbyService", () => {
  it("LB-1: CreateRoom makes a listed room, of which ListRooms tells what there is to tell", async () => {
    const lobby = createLobbyBench({
      rooms: {
        echo: describedRoom({ maxPlayers: 5 }),
        hidden: createEchoRoom(undefined, { listed: false }),
      },
    });
    const { client } = lobby;
    const options = value({ map: "hills", rounds: [1, 2] });
    const { room } = await client.createRoom({ roomType: "echo", roomId: "a", options }, as("ann"));
    await client.createRoom({ roomType: "hidden", roomId: "h" }, as("ann"));
    lobby.bench.connect("bob").join("1", { roomId: "a" });
    const { rooms, nextPageToken } = await client.listRooms({}, as("ann"));
    assert.equal(nextPageToken, "");
    const [only, ...others] = rooms;
    assert.equal(others.length, 0);
    assert.ok(only !== undefined && only.metadata !== undefined);
    assert.equal(only.roomId, room?.roomId);
    assert.equal(only.players, 1);
    assert.equal(only.playersMax, 5);
    assert.deepEqual(toJson(ValueSchema, only.metadata), { map: "hills", rounds: [1, 2] });
    assert.equal(Number(only.createdAtMs), 1_700_000_000_000);
    await lobby.finish();
  });

  it("LB-1: a room that says of itself what cannot travel spoils the list for nobody", async () => {
    const nested = (levels: number): unknown => JSON.parse("[".repeat(levels) + "]".repeat(levels));
    const objects = (levels: number): unknown =>
      levels === 0 ? 1 : { inner: objects(levels - 1) };
    const said: Readonly<Record<string, unknown>> = {
      "30 lists": nested(29),
      "30 objects": objects(29),
      "31 lists": nested(30),
      "90 lists": nested(89),
      "2,000 lists": nested(1_999),
      "a bigint": 1n,
    };
    const lobby = createLobbyBench({
      rooms: {
        echo: createEchoRoom(undefined, {
          create(room) {
            // What it is set to is checked; this is what it became.
            const metadata: unknown[] = [];
            room.metadata = metadata;
            metadata.push(said[room.id]);
            room.maxPlayers = Infinity;
            return undefined;
          },
        }),
      },
    });
    for (const id of Object.keys(said)) lobby.create(id);
    const { rooms } = await lobby.client.listRooms({}, as("ann"));
    const shown = rooms.filter(({ metadata }) => metadata !== undefined);
    assert.deepEqual(
      shown.map(({ roomId }) => roomId),
      ["30 lists", "30 objects"],
    );
    assert.equal(rooms.length, Object.keys(said).length);
    assert.ok(rooms.every(({ playersMax }) => playersMax === 0xffff_ffff));
    await lobby.finish();
  });

  it("LB-2: filters by type, by what can be joined, and by metadata equal as JSON", async () => {
    const lobby = createLobbyBench({
      rooms: { echo: describedRoom({ maxPlayers: 1 }), other: createEchoRoom() },
    });
    const { client } = lobby;
    const make = (roomId: string, options: Parameters<typeof value>[0]) =>
      client.createRoom({ roomType: "echo", roomId, options: value(options) }, as("ann"));
    await make("hills", { map: "hills", size: { x: 1, y: 2 } });
    await make("lakes", { map: "lakes", size: { y: 2, x: 1 } });
    await make("list", ["map"]);
    lobby.create("other", "other");
    lobby.bench.connect("bob").join("1", { roomId: "lakes" });
    const ids = async (filter: NonNullable<Parameters<typeof client.listRooms>[0]["filter"]>) => {
      const { rooms } = await client.listRooms({ filter }, as("ann"));
      return rooms.map(({ roomId }) => roomId);
    };
    assert.deepEqual(await ids({ roomType: "other" }), ["other"]);
    assert.deepEqual(await ids({ roomType: "echo", joinable: true }), ["hills", "list"]);
    assert.deepEqual(await ids({ metadata: { map: value("hills") } }), ["hills"]);
    const size = value({ x: 1, y: 2 });
    assert.deepEqual(await ids({ metadata: { size } }), ["hills", "lakes"]);
    assert.deepEqual(await ids({ metadata: { size, map: value("lakes") } }), ["lakes"]);
    assert.deepEqual(await ids({ metadata: { size: value({ x: 1 }) } }), []);
    assert.deepEqual(await ids({ metadata: { missing: value(null) } }), []);
    await client.reserveSeat({ roomId: "hills" }, as("ann"));
    assert.deepEqual(await ids({ roomType: "echo", joinable: true }), ["list"]);
    await lobby.finish();
  });

  it("LB-2, LB-3: ordinals tell the order in which rooms were made, to lists and to watches", async () => {
    const lobby = createLobbyBench({ rooms: { echo: createEchoRoom() } });
    for (const id of ["c", "a", "b"]) lobby.create(id);
    const { rooms } = await lobby.client.listRooms({}, as("ann"));
    const places = (infos: readonly RoomInfo[]) =>
      infos.map(({ roomId, ordinal }) => `${roomId} ${ordinal}`);
    assert.deepEqual(places(rooms), ["c 1", "a 2", "b 3"]);
    const watched = watch(lobby.client);
    await lobby.advance(0);
    assert.deepEqual(places(watched.messages[0]?.rooms ?? []), ["c 1", "a 2", "b 3"]);
    watched.cancel();
    await lobby.finish();
  });

  it("LB-2: pages, and page tokens that are not ours", async () => {
    const lobby = createLobbyBench({ rooms: { echo: createEchoRoom() } });
    const { client } = lobby;
    for (const id of ["a", "b", "c"]) lobby.create(id);
    const first = await client.listRooms({ pageSize: 2 }, as("ann"));
    assert.deepEqual(
      first.rooms.map(({ roomId }) => roomId),
      ["a", "b"],
    );
    const pageToken = first.nextPageToken;
    const second = await client.listRooms({ pageSize: 2, pageToken }, as("ann"));
    assert.deepEqual(
      second.rooms.map(({ roomId }) => roomId),
      ["c"],
    );
    assert.equal(second.nextPageToken, "");
    const other = Buffer.from("life0 1").toString("base64url");
    for (const wrong of ["x", "1", other, `${pageToken}AAAA`]) {
      await assert.rejects(
        client.listRooms({ pageToken: wrong }, as("ann")),
        failsWith(Code.InvalidArgument, "invalid-argument"),
      );
    }
    await assert.rejects(
      client.listRooms({ pageSize: 1_001 }, as("ann")),
      failsWith(Code.InvalidArgument, "invalid-argument"),
    );
    await lobby.finish();
  });

  it("LB-3: WatchRooms gives the list, changes, removals, and a sign of life", async () => {
    const lobby = createLobbyBench({
      rooms: { echo: createEchoRoom(undefined, { emptyDelayMs: 500 }) },
    });
    lobby.create("a");
    const all = watch(lobby.client);
    const joinable = watch(lobby.client, { joinable: true, roomType: "echo" });
    await lobby.advance(0);
    assert.equal(all.messages.length, 1);
    assert.equal(all.messages[0]?.heartbeatIntervalMs, 15_000);
    assert.deepEqual([...all.rooms], [["a", 0]]);
    const bob = lobby.bench.connect("bob");
    bob.join("1", { roomId: "a" });
    await lobby.advance(300);
    assert.deepEqual([...all.rooms], [["a", 1]]);
    bob.send({ sessionId: "1", body: { case: "leave", value: {} } });
    await lobby.advance(1_000);
    assert.deepEqual([...all.rooms], []);
    assert.deepEqual([...joinable.rooms], []);
    const before = all.messages.length;
    await lobby.advance(15_100);
    assert.equal(all.messages.length, before + 1, "a sign of life");
    all.cancel();
    joinable.cancel();
    await lobby.finish();
  });

  it("LB-3: an empty list is told as well, a long one in several messages", async () => {
    const lobby = createLobbyBench({ rooms: { echo: createEchoRoom() } });
    const none = watch(lobby.client);
    await lobby.advance(0);
    assert.equal(none.messages.length, 1);
    none.cancel();
    for (let count = 0; count < 600; count++) lobby.create(`r${count}`);
    const many = watch(lobby.client);
    await lobby.advance(0);
    assert.deepEqual(
      many.messages.map(({ rooms, more }) => [rooms.length, more]),
      [
        [250, true],
        [250, true],
        [100, false],
      ],
    );
    many.cancel();
    await lobby.finish();
  });

  it("LB-3: a watcher that does not read is cut after the send timeout", async () => {
    const lobby = createLobbyBench({
      rooms: { echo: createEchoRoom() },
      limits: { sendTimeoutMs: 1_000 },
    });
    const slow = watch(lobby.client);
    const release = slow.hold();
    await lobby.advance(0);
    for (let count = 0; count < 5; count++) {
      lobby.create(`r${count}`);
      await lobby.advance(300);
    }
    assert.equal(slow.messages.length, 1);
    assert.equal(lobby.cuts, 1);
    slow.cancel();
    release();
    await lobby.finish();
  });

  it("LB-6: a client without the contract can decode by what DescribeRoomTypes tells", async () => {
    const lobby = createLobbyBench({ rooms: { arena: arenaRoom, echo: createEchoRoom() } });
    const { client } = lobby;
    const { roomTypes } = await client.describeRoomTypes({}, as("ann"));
    const [arena, echo] = roomTypes;
    assert.ok(arena !== undefined && echo !== undefined);
    assert.deepEqual([arena.roomType, echo.roomType], ["arena", "echo"]);
    assert.equal(arena.tickRateHz, 30);
    assert.equal(echo.fileDescriptorSet.length, 0, "JSON needs none");
    const types = createFileRegistry(fromBinary(FileDescriptorSetSchema, arena.fileDescriptorSet));
    const { inputs = [], events = [], tables = [] } = arena.contract ?? {};
    const names = [...inputs, ...events, ...tables].map(({ messageType }) => messageType);
    assert.ok(names.filter((name) => name !== "").length >= 3);
    for (const name of names) {
      if (name !== "") assert.ok(types.getMessage(name) !== undefined, name);
    }
    const one = await client.describeRoomTypes({ roomType: "echo" }, as("ann"));
    assert.deepEqual(
      one.roomTypes.map(({ roomType }) => roomType),
      ["echo"],
    );
    await assert.rejects(
      client.describeRoomTypes({ roomType: "nope" }, as("ann")),
      failsWith(Code.NotFound, "unknown-room-type"),
    );
    await lobby.finish();
  });
});
