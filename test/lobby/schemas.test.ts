import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import * as v from "valibot";
import * as z from "zod";
import { defineRoom } from "../../server/room/define-room.ts";
import { defineContract, json, withReply, type Contract } from "../../shared/contract/index.ts";
import { payloadJsonSchema } from "../../shared/contract/payload-json-schema.ts";
import type { JsonType } from "../../shared/contract/payload-type.ts";
import { PayloadPart, type RoomTypeInfo } from "../../shared/gen/roomline/v1/lobby_pb.ts";
import { EveryTypeSchema } from "../gen/roomline/test/v1/every_type_pb.ts";
import { createAdminBench, refusal } from "../admin/admin-bench.ts";
import { as, createLobbyBench } from "./lobby-bench.ts";

/** A validator that answers so when it is asked for its JSON Schema. */
function validator(input: (options: { readonly target: string }) => unknown): JsonType {
  const standard = { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) };
  const schema = { "~standard": { ...standard, jsonSchema: { input, output: input } } };
  return json(schema as unknown as StandardSchemaV1);
}

const all = defineContract({
  inputs: {
    steer: json(z.object({ dx: z.number().min(-1).max(1) })),
    buy: withReply(json(z.object({ item: z.enum(["sword", "bow"]) })), json(z.string())),
    message: EveryTypeSchema,
    shout: json(v.object({ text: v.string() })),
    free: json(),
  },
  events: { moved: json(z.object({ at: z.string().transform((text) => new Date(text)) })) },
  state: { ships: json(z.object({ x: z.number() })), raw: EveryTypeSchema },
  presence: json(z.object({ mood: z.string().max(20) })),
});

/** Schemas as a test reads them: by part and name. */
function toldBy(type: RoomTypeInfo | undefined): Record<string, unknown> {
  const pairs = (type?.schemas ?? []).map(({ part, name, jsonSchema }) => {
    const { $schema: _, ...schema } = JSON.parse(jsonSchema) as Record<string, unknown>;
    const partName = Object.entries(PayloadPart).find(([, number]) => number === part)?.[0] ?? "";
    return [`${partName} ${name}`.trim(), schema];
  });
  return Object.fromEntries(pairs) as Record<string, unknown>;
}

/** A room type of this contract that does nothing. */
function roomOf(contract: Contract) {
  const handlers = Object.keys(contract.inputs).map((name) => [name, () => "answer"]);
  return defineRoom(contract, {
    onInput: Object.fromEntries(handlers) as Record<string, () => string>,
  });
}

async function describeType(contract: Contract): Promise<RoomTypeInfo | undefined> {
  const lobby = createLobbyBench({ rooms: { all: roomOf(contract) } });
  const { roomTypes } = await lobby.client.describeRoomTypes({}, as("ann"));
  await lobby.finish();
  return roomTypes[0];
}

describe("schemas of a contract", () => {
  it("LB-7: DescribeRoomTypes gives the JSON Schema of each JSON payload that has one", async () => {
    const number = { type: "number", minimum: -1, maximum: 1 };
    assert.deepEqual(toldBy(await describeType(all)), {
      "INPUT steer": { type: "object", properties: { dx: number }, required: ["dx"] },
      "INPUT buy": {
        type: "object",
        properties: { item: { type: "string", enum: ["sword", "bow"] } },
        required: ["item"],
      },
      "REPLY buy": { type: "string" },
      // What travels, not what the client makes of it.
      "EVENT moved": {
        type: "object",
        properties: { at: { type: "string" } },
        required: ["at"],
      },
      "TABLE ships": { type: "object", properties: { x: { type: "number" } }, required: ["x"] },
      PRESENCE: {
        type: "object",
        properties: { mood: { type: "string", maxLength: 20 } },
        required: ["mood"],
      },
    });
  });

  it("LB-7: a validator that throws, answers nonsense or asks for too much is left out, and the rest is told", async () => {
    const circular: Record<string, unknown> = {};
    circular["self"] = circular;
    const large = { description: "x".repeat(65_536) };
    const half = { description: "x".repeat(60_000) };
    const contract = defineContract({
      inputs: {
        throws: validator(() => {
          throw new Error("not today");
        }),
        bigint: json(z.object({ n: z.bigint() })),
        text: validator(() => "a schema"),
        list: validator(() => []),
        nothing: validator(() => undefined),
        circular: validator(() => circular),
        large: validator(() => large),
        good: validator(() => ({ type: "null" })),
      },
      events: Object.fromEntries(
        ["a", "b", "c", "d", "e", "f"].map((name) => [name, validator(() => half)]),
      ),
      state: { last: validator(() => ({ type: "boolean" })) },
    });
    const type = await describeType(contract);
    const names = Object.keys(toldBy(type));
    // Four halves and what is small have room in 256 KiB.
    const told = ["EVENT a", "EVENT b", "EVENT c", "EVENT d", "TABLE last"];
    assert.deepEqual(names, ["INPUT good", ...told]);
  });

  it("a validator that knows only an older draft is asked for that one", () => {
    const asked: string[] = [];
    const type = validator(({ target }) => {
      asked.push(target);
      if (target !== "draft-07") throw new Error(`${target} is not known here`);
      return { type: "string" };
    });
    assert.equal(payloadJsonSchema(type), `{"type":"string"}`);
    assert.deepEqual(asked, ["draft-2020-12", "draft-07"]);
  });

  it("a validator is asked once for its schema, however often clients ask", async () => {
    let asked = 0;
    const counted = validator(() => ({ asked: ++asked }));
    const contract = defineContract({ inputs: { counted } });
    const lobby = createLobbyBench({ rooms: { a: roomOf(contract) } });
    await lobby.client.describeRoomTypes({}, as("ann"));
    const { roomTypes } = await lobby.client.describeRoomTypes({ roomType: "a" }, as("bob"));
    assert.equal(roomTypes[0]?.schemas[0]?.jsonSchema, `{"asked":1}`);
    assert.equal(asked, 1);
    await lobby.finish();
  });

  it("AD-13: operators are told the same by AdminService, and nobody else", async () => {
    const admin = createAdminBench({ rooms: { all: roomOf(all) } });
    const read = { headers: { authorization: "Bearer read-read-read" } };
    const { roomTypes } = await admin.client.describeRoomTypes({}, read);
    assert.deepEqual(toldBy(roomTypes[0]), toldBy(await describeType(all)));
    const one = await admin.client.describeRoomTypes({ roomType: "all" }, read);
    assert.deepEqual(one.roomTypes, roomTypes);
    const wrong = { headers: { authorization: "Bearer nobody-nobody" } };
    const { describeRoomTypes } = admin.client;
    assert.equal(await refusal(describeRoomTypes({}, wrong)), "Unauthenticated unauthenticated");
    const unknown = describeRoomTypes({ roomType: "nope" }, read);
    assert.equal(await refusal(unknown), "NotFound unknown-room-type");
    await admin.finish();
  });
});
