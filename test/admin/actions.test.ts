import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, fromJson, toBinary, type JsonValue } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import { defineContract } from "../../shared/contract/index.ts";
import { defineRoom } from "../../server/room/define-room.ts";
import { EveryTypeSchema } from "../gen/roomline/test/v1/every_type_pb.ts";
import { createEchoRoom } from "../engine/rooms.ts";
import { textOf } from "../engine/harness.ts";
import { createAdminBench, refusal, type AdminBench } from "./admin-bench.ts";

const jsonOf = (value: JsonValue) => ({
  case: "json" as const,
  value: fromJson(ValueSchema, value),
});

describe("what operators do", () => {
  const every = defineContract({ events: { every: EveryTypeSchema } });

  const start = () => {
    const rooms = { echo: createEchoRoom(), every: defineRoom(every, {}) };
    const admin = createAdminBench({ rooms });
    const ann = admin.bench.connect("ann");
    ann.join("1", { roomType: "echo", roomId: "r" });
    ann.join("2", { roomType: "every", roomId: "p" });
    return { admin, ann };
  };

  const told = (admin: AdminBench) =>
    admin.bench.engine.journal
      .after(0)
      .flatMap(({ kind, detail = "" }) => (kind === "admin" ? [detail] : []));

  it("AD-4: Publish reaches players as the room's own event, from JSON for both codecs, and from bytes", async () => {
    const { admin, ann } = start();
    const { publish } = admin.client;
    assert.equal((await publish({ roomId: "r", kind: "said", payload: jsonOf("hi") })).cursor, 1n);
    const payload = jsonOf({ anInt32: 5 });
    assert.equal((await publish({ roomId: "p", kind: "every", payload })).cursor, 1n);
    const bytes = toBinary(EveryTypeSchema, create(EveryTypeSchema, { anInt32: 5 }));
    const binary = { case: "binary" as const, value: bytes };
    assert.equal((await publish({ roomId: "p", kind: "every", payload: binary })).cursor, 2n);
    await admin.advance(0);
    const [said] = ann.all("event", "1");
    assert.deepEqual([textOf(said?.payload ?? bytes), said?.sender], ["hi", ""]);
    assert.deepEqual(
      ann.all("event", "2").map((event) => [...event.payload]),
      [[...bytes], [...bytes]],
    );
    await admin.finish();
  });

  it("AD-4: what does not fit is refused by name, and nothing is published", async () => {
    const { admin, ann } = start();
    const { publish } = admin.client;
    const binary = { case: "binary" as const, value: new Uint8Array([255]) };
    for (const [asked, expected] of [
      [{ roomId: "x", kind: "said", payload: jsonOf("") }, "NotFound unknown-room"],
      [{ roomId: "r", kind: "sung", payload: jsonOf("") }, "InvalidArgument unknown-kind"],
      [{ roomId: "r", kind: "said", payload: jsonOf(7) }, "InvalidArgument invalid-payload"],
      [{ roomId: "r", kind: "said", payload: binary }, "InvalidArgument invalid-argument"],
      [{ roomId: "r", kind: "said" }, "InvalidArgument invalid-argument"],
      [
        { roomId: "p", kind: "every", payload: jsonOf({ no: 1 }) },
        "InvalidArgument invalid-payload",
      ],
      [{ roomId: "p", kind: "every", payload: binary }, "InvalidArgument invalid-payload"],
    ] as const) {
      assert.equal(await refusal(publish(asked)), expected, JSON.stringify(asked.kind));
    }
    await admin.advance(0);
    assert.deepEqual(ann.all("event"), []);
    assert.deepEqual(told(admin), [], "what was refused was not done");
    await admin.finish();
  });

  it("AD-5: KickPlayer, CloseRoom and CloseConnection end what they name, with reason and message", async () => {
    const { admin, ann } = start();
    const { client } = admin;
    await client.kickPlayer({ roomId: "r", playerId: "ann", message: "Be nice." });
    await client.closeRoom({ roomId: "p", message: "Maintenance." });
    await admin.advance(0);
    assert.deepEqual(
      ["1", "2"].map((session) => {
        const { code, reason } = ann.last("left", session);
        return [code, reason];
      }),
      [
        [4601, "Be nice."],
        [4200, "Maintenance."],
      ],
    );
    const { connectionId } = ann.last("welcome");
    await client.closeConnection({ connectionId, message: "Moving you." });
    await admin.advance(0);
    assert.deepEqual([ann.closeName, ann.closed?.detail], ["draining", "Moving you."]);
    const bob = admin.bench.connect("bob");
    bob.join("1", { roomType: "echo", roomId: "r" });
    const row = (await client.listConnections({ clientId: "bob" })).connections[0];
    await client.closeConnection({ connectionId: row?.connectionId ?? "", forbid: true });
    await admin.advance(0);
    assert.equal(bob.closeName, "forbidden");
    const sessions = await client.listSessions({ clientId: "bob" });
    assert.equal(sessions.total, 0, "who is turned away keeps no seat");
    assert.deepEqual(told(admin), [
      "kick: Be nice.",
      "close room: Maintenance.",
      "close connection, draining: Moving you.",
      "close connection, forbidden",
    ]);
    assert.deepEqual(
      admin.lines,
      told(admin).map((line) => `operator: ${line}`),
    );
    await admin.finish();
  });

  it("AD-5: who and what is not there is NOT_FOUND", async () => {
    const { admin } = start();
    const { client } = admin;
    for (const [asked, expected] of [
      [client.kickPlayer({ roomId: "x", playerId: "ann" }), "NotFound unknown-room"],
      [client.kickPlayer({ roomId: "r", playerId: "bob" }), "NotFound unknown-session"],
      [client.closeConnection({ connectionId: "x" }), "NotFound connection-closed"],
      [client.closeRoom({ roomId: "x" }), "NotFound unknown-room"],
      [client.listSessions({ limit: 10_001 }), "InvalidArgument invalid-argument"],
    ] as const) {
      assert.equal(await refusal(asked), expected);
    }
    assert.deepEqual(told(admin), []);
    await admin.finish();
  });

  it("AD-5: lists are picked and bounded, and tell how many there are", async () => {
    const { admin } = start();
    const { client } = admin;
    admin.bench.connect("bob").join("1", { roomType: "echo", roomId: "r" });
    const rooms = await client.listRoomStats({ roomType: "echo" });
    assert.deepEqual(
      rooms.rooms.map(({ roomId, players }) => [roomId, players]),
      [["r", 2]],
    );
    const some = await client.listSessions({ limit: 1 });
    assert.deepEqual([some.sessions.length, some.total], [1, 3]);
    const ofRoom = await client.listSessions({ roomId: "r", clientId: "bob" });
    assert.deepEqual(
      ofRoom.sessions.map(({ key }) => key),
      ["bob:1"],
    );
    assert.equal((await client.listConnections({})).total, 2);
    await admin.finish();
  });

  it("AD-7: Drain begins the end of the server, within the time asked for or that of the limits", async () => {
    const { admin } = start();
    await admin.client.drain({});
    await admin.client.drain({ withinMs: 5 });
    assert.deepEqual(admin.drains, [30_000, 5]);
    assert.deepEqual(told(admin), ["drain within 30000 ms", "drain within 5 ms"]);
    await admin.finish();
  });
});
