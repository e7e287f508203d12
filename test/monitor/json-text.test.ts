import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonLine, parseJsonText } from "../../pages/json-text.ts";

test("what an operator typed is JSON, or what is wrong with it", () => {
  assert.deepEqual(parseJsonText('{"a":[1,null]}'), { ok: true, value: { a: [1, null] } });
  assert.deepEqual(parseJsonText("  "), { ok: true, value: {} });
  const parsed = parseJsonText('{"a":');
  assert.ok(!parsed.ok);
  assert.ok(parsed.message.length > 0);
});

test("a number beyond what JSON can say is refused before it is sent", () => {
  assert.equal(parseJsonText('{"a":1e999}').ok, false);
});

test("a value in one line is shortened, and its numbers lose digits that mean nothing", () => {
  assert.equal(jsonLine({ x: 0.30000001192092896 }), '{"x":0.3}');
  assert.equal(jsonLine("a".repeat(50), 10), '"aaaaaaaa…');
  assert.equal(jsonLine(undefined), "");
});
