import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import * as v from "valibot";
import * as z from "zod";
import { createRoomForms } from "../../playground/model/room-forms.ts";
import { defineRoom } from "../../server/room/define-room.ts";
import { defineContract, json, withReply } from "../../shared/contract/index.ts";
import { presenceInput } from "../../shared/contract/presence.ts";
import { PayloadPart, RoomTypeInfoSchema } from "../../shared/gen/roomline/v1/lobby_pb.ts";
import { Codec } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { EveryTypeSchema } from "../gen/roomline/test/v1/every_type_pb.ts";
import { as, createLobbyBench } from "../lobby/lobby-bench.ts";

const contract = defineContract({
  inputs: {
    steer: json(z.object({ dx: z.number() })),
    buy: withReply(json(z.enum(["sword", "bow"])), json(z.string())),
    every: EveryTypeSchema,
    shout: json(v.string()),
  },
  events: { said: json(z.string()), steer: json(z.boolean()) },
  presence: json(z.object({ mood: z.string() })),
});

describe("the forms of a room type", () => {
  it("are made from what its server says: schemas, messages, and any JSON for the rest", async () => {
    const nothing = () => undefined;
    const onInput = { steer: nothing, buy: () => "", every: nothing, shout: nothing };
    const lobby = createLobbyBench({ rooms: { all: defineRoom(contract, { onInput }) } });
    const { roomTypes } = await lobby.client.describeRoomTypes({}, as("ann"));
    await lobby.finish();
    const [info] = roomTypes;
    assert.ok(info !== undefined);
    const files = fromBinary(FileDescriptorSetSchema, info.fileDescriptorSet);
    const forms = createRoomForms(info, createFileRegistry(files));
    const kinds = ["steer", "buy", "every", "shout", presenceInput, "nothing"].map(
      (kind) => forms.input(kind)?.field.kind,
    );
    assert.deepEqual(kinds, ["group", "choice", "group", "json", "group", undefined]);
    assert.equal(forms.input("steer"), forms.input("steer"), "once");
    // An event may be called as an input is.
    assert.deepEqual(
      [forms.event("said")?.field.kind, forms.event("steer")?.field.kind],
      ["text", "boolean"],
    );
    assert.equal(forms.event("buy"), undefined);
    const every = forms.input("every")?.field;
    assert.ok(every?.kind === "group");
    assert.equal(every.members.length, EveryTypeSchema.members.length);
  });

  it("of a description that does not hold together are for any JSON", () => {
    const info = create(RoomTypeInfoSchema, {
      contract: {
        inputs: [
          { name: "broken", number: 1, codec: Codec.JSON },
          { name: "unknown", number: 2, codec: Codec.PROTOBUF, messageType: "no.Such" },
        ],
      },
      schemas: [{ part: PayloadPart.INPUT, name: "broken", jsonSchema: "{" }],
    });
    const forms = createRoomForms(info, createFileRegistry(create(FileDescriptorSetSchema)));
    assert.equal(forms.input("broken")?.field.kind, "json");
    assert.equal(forms.input("unknown")?.field.kind, "json");
  });
});
