import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineContract, json } from "../../shared/contract/index.ts";
import { defineRoom, type AnyDefinition } from "../../server/room/define-room.ts";
import { bytesOf, createBench } from "./harness.ts";

/** An object with this one member of its own, whatever the name. */
function own<T>(name: string, value: T): Record<string, T> {
  const property = { value, enumerable: true, configurable: true, writable: true };
  return Object.defineProperty({}, name, property);
}

describe("names that objects have anyway", () => {
  for (const name of [
    "constructor",
    "toString",
    "hasOwnProperty",
    "valueOf",
    "__proto__",
    "then",
  ]) {
    it(`${name} is a name like any other`, () => {
      const kinds = own(name, json());
      const contract = defineContract({ inputs: kinds, events: kinds, state: kinds });
      const refused = (onInput: unknown, message: RegExp): void =>
        assert.throws(() => defineRoom(contract, { onInput } as never), {
          code: "invalid-config",
          message,
        });
      const missing = new RegExp(`an input "${name}"`);
      refused({}, missing);
      refused(undefined, missing);
      refused(own(name, 1), new RegExp(`onInput.${name} has to be a function`));
      const room = defineRoom(contract, {
        onInput: own(name, (room: Parameters<NonNullable<AnyDefinition["onJoin"]>>[0]) => {
          room.state[name]?.set("k", { n: 1 });
          room.publish(name, 7);
        }),
      });
      const bench = createBench({ rooms: { room } });
      const ann = bench.connect("ann");
      ann.join("1", { roomType: "room" });
      bench.clock.advance(100);
      ann.send({
        sessionId: "1",
        body: { case: "input", value: { seq: 1n, kind: 1, payload: bytesOf(1) } },
      });
      bench.clock.advance(100);
      assert.equal(Buffer.from(ann.last("event").payload).toString(), "7");
      assert.equal(ann.last("state").tables.length, 1);
      bench.finish();
    });
  }
});
