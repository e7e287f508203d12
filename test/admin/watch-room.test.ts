import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toJson } from "@bufbuild/protobuf";
import { ValueSchema, type Value } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { z } from "zod";
import { defineContract, json } from "../../shared/contract/index.ts";
import { defineRoom } from "../../server/room/define-room.ts";
import type { Player, Room } from "../../server/room/room-api.ts";
import { EveryTypeSchema } from "../gen/roomline/test/v1/every_type_pb.ts";
import { createEchoRoom } from "../engine/rooms.ts";
import { createAdminBench, type AdminBench } from "./admin-bench.ts";

const plain = (value: Value | undefined) => value && toJson(ValueSchema, value);

describe("WatchRoom", () => {
  const watch = (admin: AdminBench, request: Parameters<AdminBench["client"]["watchRoom"]>[0]) =>
    admin.read((options) => admin.client.watchRoom(request, options));

  it("AD-3: members, tables and events as JSON, whenever they change, at most once an interval", async () => {
    const nameOf = (_room: unknown, { id }: Player): string => id.toUpperCase();
    const admin = createAdminBench({ rooms: { echo: createEchoRoom(undefined, { nameOf }) } });
    const ann = admin.bench.connect("ann");
    ann.join("1", { roomType: "echo", roomId: "r" });
    const reading = watch(admin, { roomId: "r", intervalMs: 500, eventsMax: 2, rowsMax: 1 });
    await admin.advance(2_000);
    assert.equal(reading.messages.length, 1, "nothing changes, nothing is sent");
    for (let seq = 1; seq <= 3; seq++) ann.input("1", seq, `text ${seq}`);
    ann.put("1", 4, "a", 7);
    ann.put("1", 5, "b", 8);
    await admin.advance(100);
    ann.cut();
    await admin.advance(900);
    assert.equal(reading.messages.length, 3);
    const message = reading.messages.at(-1);
    assert.ok(message !== undefined);
    assert.deepEqual(
      message.members.map(({ playerId, sessionId, connected, name }) => [
        ...[playerId, sessionId, connected, name],
      ]),
      [["ann", "1", false, "ANN"]],
    );
    assert.deepEqual(
      message.tables.map(({ name, rowsTotal, rows }) => [
        name,
        rowsTotal,
        rows.map(({ key, value }) => [key, plain(value)]),
      ]),
      [["scores", 2, [["a", { score: 7 }]]]],
    );
    assert.deepEqual(
      message.events.map(({ cursor, kind, payload, sender, restricted }) => [
        cursor,
        kind,
        plain(payload),
        sender,
        restricted,
      ]),
      [
        [2n, "said", "text 2", "ann", false],
        [3n, "said", "text 3", "ann", false],
      ],
    );
    assert.deepEqual(message.eventKinds, ["said"]);
    await admin.finish();
  });

  it("AD-3, PS-1: what the members of a room say of themselves is among its tables", async () => {
    const contract = defineContract({ presence: json(z.object({ mood: z.string() })) });
    const admin = createAdminBench({ rooms: { moods: defineRoom(contract, {}) } });
    const ann = admin.bench.connect("ann");
    ann.join("1", { roomType: "moods", roomId: "r" });
    const reading = watch(admin, { roomId: "r" });
    await admin.advance(1_000);
    const { tables = [] } = reading.messages.at(-1) ?? {};
    assert.deepEqual(
      tables.map(({ name, rows }) => [name, rows.map(({ key }) => key)]),
      [["$members", ["ann"]]],
    );
    await admin.finish();
  });

  it("AD-3: rows and events of protobuf kinds are proto JSON; what has no JSON is said to have none", async () => {
    const contract = defineContract({
      state: { every: EveryTypeSchema, odd: json(z.record(z.string(), z.unknown())) },
      events: { every: EveryTypeSchema },
    });
    const values = { anInt64: 2n ** 60n, someBytes: new Uint8Array([1, 2, 3]) };
    const made: Room<typeof contract>[] = [];
    const room = defineRoom(contract, {
      create: (created) => void made.push(created),
      onJoin(joined, player) {
        joined.metadata = { level: 3 };
        joined.state.every.set("k", values);
        joined.state.odd.set("big", {})["n"] = 1n;
        joined.publish("every", values, { to: player });
      },
    });
    const admin = createAdminBench({ rooms: { r: room } });
    admin.bench.connect("ann").join("1", { roomType: "r", roomId: "r" });
    const reading = watch(admin, { roomId: "r" });
    await admin.advance(0);
    const [message] = reading.messages;
    assert.ok(message !== undefined);
    const shown = { anInt64: "1152921504606846976", someBytes: "AQID" };
    assert.deepEqual(plain(message.metadata), { level: 3 });
    assert.deepEqual(plain(message.tables[0]?.rows[0]?.value), shown);
    assert.match(
      JSON.stringify(plain(message.tables[1]?.rows[0]?.value)),
      /^"\(not shown: .*BigInt/,
    );
    const [event] = message.events;
    assert.deepEqual([plain(event?.payload), event?.restricted], [shown, true]);
    assert.equal(made.length, 1);
    await admin.finish();
  });

  it("AD-3: ends with unknown-room when the room does, soon after, however long the interval", async () => {
    const admin = createAdminBench({ rooms: { echo: createEchoRoom() } });
    admin.bench.connect("ann").join("1", { roomType: "echo", roomId: "r" });
    const nowhere = watch(admin, { roomId: "nowhere" });
    const reading = watch(admin, { roomId: "r", intervalMs: 60_000 });
    await admin.advance(0);
    assert.equal(nowhere.error?.metadata.get("roomline-error"), "unknown-room");
    await admin.client.closeRoom({ roomId: "r", message: "over" });
    await admin.advance(500);
    assert.equal(reading.error?.code, Code.NotFound);
    assert.match(reading.error.rawMessage, /"r" was closed/);
    assert.equal(admin.service.watches, 0);
    await admin.finish();
  });
});
