import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { payloadCodec } from "../../shared/contract/payload-codec.ts";
import { defineContract, json } from "../../shared/contract/index.ts";

suite("json()", () => {
  test("without a schema takes any JSON and checks nothing", () => {
    const codec = payloadCodec(json<{ text: string }>());
    for (const value of [{ text: "hello" }, [1, null, "x"], 0, null]) {
      assert.deepEqual(codec.decode(codec.encode(value)), value);
    }
    assert.throws(() => codec.decode(Buffer.from("{")), { code: "invalid-payload" });
    assert.throws(() => codec.encode(undefined), { code: "invalid-payload" });
    assert.deepEqual(Object.keys(defineContract({ events: { said: json() } }).events), ["said"]);
  });

  test("with something that is no schema is refused", () => {
    for (const wrong of [undefined, {}, null]) {
      assert.throws(() => json(wrong as never), { code: "invalid-config" });
    }
  });
});
