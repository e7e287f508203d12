import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineContract, json } from "../../shared/contract/index.ts";
import { ErrorCode } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { defineRoom } from "../../server/room/define-room.ts";
import { createBench } from "./harness.ts";

const events = { said: json() };
const calls: string[] = [];
const named = defineRoom(defineContract({ name: "chess/2", events }), {
  authorize: () => void calls.push("authorize"),
  create: () => void calls.push("create"),
});
const rooms = { named, nameless: defineRoom(defineContract({ events }), {}) };

describe("the name of a contract", () => {
  it("JN-9: another one is refused at Join, by both names, before the room's code is asked", () => {
    const bench = createBench({ rooms });
    const ann = bench.connect("ann");
    calls.length = 0;
    ann.join("1", { roomType: "named", contract: "chess/1" });
    assert.equal(ann.last("error").code, ErrorCode.CONTRACT_MISMATCH);
    assert.match(ann.last("error").message, /"named" has the contract "chess\/2".*of "chess\/1"/);
    assert.deepEqual(calls, []);
    assert.equal(bench.engine.rooms.size, 0);
    ann.join("1", { roomType: "named", roomId: "r", contract: "chess/2" });
    assert.equal(ann.last("joined").contract?.name, "chess/2");
    const bob = bench.connect("bob");
    bob.join("1", { roomId: "r", contract: "chess/3" });
    assert.equal(bob.last("error").code, ErrorCode.CONTRACT_MISMATCH);
    bench.finish();
  });

  it("JN-9: without a name at one end nothing is compared; a name is a name", () => {
    const bench = createBench({ rooms });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "named" });
    ann.join("2", { roomType: "nameless", contract: "chess/1" });
    assert.equal(ann.all("joined").length, 2);
    ann.join("3", { roomType: "nameless", contract: "x".repeat(129) });
    assert.equal(ann.last("error").code, ErrorCode.INVALID_ARGUMENT);
    for (const name of ["x".repeat(129), "a\nb", 5 as unknown as string]) {
      assert.throws(() => defineContract({ name, events }), { code: "invalid-config" });
    }
    bench.finish();
  });
});
