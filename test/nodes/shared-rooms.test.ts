import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RoomlineError } from "../../shared/errors.ts";
import type { RoomCaller, RoomRef } from "../../server/feed/catalogue.ts";
import type { RoomQuery } from "../../server/feed/room-query.ts";
import { feedRooms } from "../feed/contract-rooms.ts";
import { createEchoRoom } from "../engine/rooms.ts";
import type { SimulatedNode } from "../simulation/nodes.ts";
import { createThree } from "./three-nodes.ts";

const limits = { roomsPerClientMax: 100_000 };

const anybody = (playerId: string): RoomCaller => ({
  playerId,
  claims: undefined,
  isOperator: false,
});

/** Asks for a room; what comes of it, in words. */
async function open(
  { engine }: SimulatedNode,
  query: Partial<RoomQuery>,
  player: string,
): Promise<RoomRef> {
  const asked = {
    roomId: "",
    roomType: "echo",
    mode: "join-or-create",
    options: undefined,
    ...query,
  } as const;
  return engine.catalogue.open(asked, anybody(player));
}

/** Takes the seat that was held. Rejects when it is not to be had. */
function sit({ inbox, reservation = "" }: RoomRef, playerId: string): Promise<void> {
  const nothing = (): void => undefined;
  const quiet = {
    ...{ acked: 0, reply: nothing, error: nothing, onAdvance: nothing },
    ...{ moved: nothing, replaced: nothing, ended: nothing },
  };
  return new Promise((resolve, reject) => {
    const request = {
      playerId,
      sessionId: "s",
      claims: undefined,
      options: undefined,
      reservation,
    };
    inbox.join(request, { ...quiet, seated: () => resolve(), refused: reject });
  });
}

/** The code of what it rejects with, or "made". */
const outcome = (opening: Promise<unknown>): Promise<string> =>
  opening.then(
    () => "made",
    (thrown: unknown) => RoomlineError.from(thrown).code,
  );

void describe("rooms of several nodes", () => {
  void it("ND-1, ND-3 of a thousand who make one room at once, at three nodes, one does", async () => {
    const three = createThree({ rooms: { echo: createEchoRoom() }, limits });
    await three.settle();
    const asked = Array.from({ length: 1_000 }, (_, index) =>
      outcome(open(three.at(index % 3), { roomId: "r", mode: "create" }, `p${index}`)),
    );
    await three.settle(5_000);
    const codes = await Promise.all(asked);
    assert.equal(codes.filter((code) => code === "made").length, 1);
    assert.equal(codes.filter((code) => code === "room-exists").length, 999);
    assert.equal(
      three.nodes.all.reduce((sum, { engine }) => sum + engine.rooms.size, 0),
      1,
    );
    await three.finish();
  });

  void it("ND-1 who joins or makes a room by its id gets the one there is", async () => {
    const three = createThree({ rooms: { echo: createEchoRoom() }, limits });
    await three.settle();
    const asked = Array.from({ length: 300 }, (_, index) =>
      open(three.at(index % 3), { roomId: "r" }, `p${index}`),
    );
    await three.settle(5_000);
    const epochs = new Set((await Promise.all(asked)).map(({ feed }) => feed.about.epoch));
    assert.equal(epochs.size, 1);
    await three.finish();
  });

  void it("ND-3, JN-3: ten thousand who come at once, at three nodes, for rooms of 20 get 500", async () => {
    const three = createThree({
      rooms: { echo: createEchoRoom(undefined, { maxPlayers: 20 }) },
      limits,
    });
    await three.settle();
    const players = 10_000;
    const members = new Map<string, number>();
    const coming = Array.from({ length: players }, async (_, index) => {
      const room = await open(three.at(index % 3), {}, `p${index}`);
      await sit(room, `p${index}`);
      const { roomId } = room.feed.about;
      members.set(roomId, (members.get(roomId) ?? 0) + 1);
    });
    const all = Promise.all(coming);
    await three.settle(20_000);
    await all;
    assert.equal(members.size, 500);
    assert.deepEqual([...new Set(members.values())], [20]);
    const made = three.nodes.all.map(({ engine }) => engine.rooms.size);
    assert.equal(
      made.reduce((sum, count) => sum + count, 0),
      500,
    );
    assert.ok(Math.min(...made) > 50, `spread over the nodes: ${made.join(" ")}`);
    await three.finish();
  });

  void it("JN-3 who wants any room of a type gets none at a node that drains or stands still, nor waits for it to decide", async () => {
    // Each of the three is the one that decides for some of these types.
    const types = ["a", "b", "c", "d", "e", "f"];
    const rooms = Object.fromEntries(types.map((type) => [type, createEchoRoom()]));
    const three = createThree({ rooms, limits });
    await three.settle();
    const [stopped, ...others] = three.nodes.all;
    assert.ok(stopped);
    const making = types.map((roomType) => open(stopped, { roomType }, "first"));
    await three.settle(2_000);
    await Promise.all(making);
    const there = new Set([...stopped.engine.rooms.all()].map(({ roomId }) => roomId));
    assert.ok(there.size > 1, "rooms that have seats free");
    const { name, node } = stopped;
    const states = three.nodes.all.map((one) => ({
      ...{ ...one.name, utilization: 0, connections: 0, rooms: 0 },
      isDraining: one.name.node === name.node,
    }));
    for (const other of others) other.node.onNodes(states);
    // It answers nothing any more.
    node.stop();
    const elsewhere = types.map((roomType) => open(three.at(1), { roomType }, "second"));
    await three.settle(500);
    const found = (await Promise.all(elsewhere)).map(({ feed }) => feed.about.roomId);
    assert.deepEqual(
      found.filter((roomId) => there.has(roomId)),
      [],
    );
    await three.finish();
  });

  void it("ND-4 lists are the same at all nodes, in the order in which rooms were made, and go on over pages", async () => {
    const three = createThree({ rooms: { echo: createEchoRoom() }, limits });
    await three.settle();
    const ids = Array.from({ length: 30 }, (_, index) => `r${index}`);
    for (const [index, roomId] of ids.entries()) {
      const opening = open(three.at(index % 3), { roomId, mode: "create" }, "maker");
      await three.settle(50);
      await opening;
    }
    await three.settle();
    const listed = ({ engine }: SimulatedNode, from: { after: number; size: number }) =>
      engine.catalogue.listings.page(() => true, from);
    for (const node of three.nodes.all) {
      const first = listed(node, { after: 0, size: 10 });
      const other = three.at((three.nodes.all.indexOf(node) + 1) % 3);
      const rest = listed(other, { after: first.next ?? 0, size: 100 });
      const found = [...first.listings, ...rest.listings].map(({ roomId }) => roomId);
      assert.deepEqual(found, ids);
    }
    await three.finish();
  });

  void it("ND-4 a room leaves the lists when its node is dead, and not when a link is lost", async () => {
    const three = createThree({ rooms: { echo: createEchoRoom() }, limits });
    await three.settle();
    for (const roomId of ["a", "b", "c", "d", "e", "f"]) {
      const opening = open(three.at(0), { roomId, mode: "create" }, "maker");
      await three.settle(50);
      await opening;
    }
    const count = (node: SimulatedNode): number =>
      node.engine.catalogue.listings.page(() => true, { after: 0, size: 100 }).listings.length;
    three.nodes.trouble.refusing = true;
    for (let cuts = 0; cuts < 20; cuts++) three.nodes.trouble.cut();
    await three.settle(3_000);
    assert.deepEqual(three.nodes.all.map(count), [6, 6, 6], "nobody has heard of anybody");
    three.nodes.trouble.refusing = false;
    await three.settle(3_000);
    assert.deepEqual(three.nodes.all.map(count), [6, 6, 6]);
    const dead = three.nodes.all.find(({ engine }) => engine.rooms.size > 0);
    assert.ok(dead);
    const left = 6 - dead.engine.rooms.size;
    three.nodes.kill(dead);
    await three.settle(100);
    const living = three.nodes.all.filter(({ isDead }) => !isDead);
    assert.deepEqual(
      living.map(count),
      living.map(() => left),
    );
    await three.finish();
  });

  void it("asks a room wherever it is, and says of one that there is none", async () => {
    const trace = { calls: [], gates: new Map() };
    const three = createThree({ rooms: { event: feedRooms(trace).event }, limits });
    await three.settle();
    const opening = open(three.at(0), { roomId: "r", roomType: "event" }, "maker");
    await three.settle();
    await opening;
    for (const { engine } of three.nodes.all) {
      const asked = engine.catalogue.ask("r", {
        kind: "publish",
        event: "said",
        payload: { codec: "json", json: "hello" },
      });
      const none = outcome(
        Promise.resolve(engine.catalogue.ask("s", { kind: "close", message: "" })),
      );
      const reserved = engine.catalogue.reserve("r", { playerId: "", holder: undefined });
      const found = engine.catalogue.standings({ roomType: "", max: 10, order: "age" });
      await three.settle();
      assert.equal(typeof (await asked), "number");
      assert.equal(await none, "unknown-room");
      assert.notEqual(await reserved, "");
      assert.deepEqual(
        (await found).rooms.map(({ roomId }) => roomId),
        ["r"],
      );
    }
    await three.finish();
  });
});
