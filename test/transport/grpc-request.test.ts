import assert from "node:assert/strict";
import { test } from "node:test";
import { checkGrpcRequest, parseGrpcTimeout } from "../../server/transport/grpc/request.ts";
import { decodeDetail, encodeDetail } from "../../shared/transport/grpc-names.ts";

const head = { ":method": "POST", "content-type": "application/grpc" };

const contentTypes: [string | undefined, boolean][] = [
  ["application/grpc", true],
  ["application/grpc+proto", true],
  ["application/grpc;charset=utf-8", true],
  ["Application/gRPC", true],
  ["application/grpc+json", false],
  ["application/grpc-web", false],
  ["application/grpc-web+proto", false],
  ["application/json", false],
  ["", false],
  [undefined, false],
];
for (const [type, accepted] of contentTypes) {
  test(`content-type ${type ?? "(none)"} is ${accepted ? "taken" : "refused with 415"}`, () => {
    const verdict = checkGrpcRequest({ ...head, "content-type": type });
    if (accepted) assert.equal(verdict.kind, "accept");
    else assert.deepEqual(verdict, { kind: "http-error", status: 415 });
  });
}

test("another method than POST is refused with 405", () => {
  const verdict = checkGrpcRequest({ ...head, ":method": "GET" });
  assert.deepEqual(verdict, { kind: "http-error", status: 405, allow: "POST" });
});

test("an encoding other than identity is UNIMPLEMENTED", () => {
  assert.equal(checkGrpcRequest({ ...head, "grpc-encoding": "identity" }).kind, "accept");
  const verdict = checkGrpcRequest({ ...head, "grpc-encoding": "gzip" });
  assert.deepEqual([verdict.kind, "status" in verdict && verdict.status], ["grpc-error", 12]);
});

const timeouts: [string, number | undefined][] = [
  ["1H", 3_600_000],
  ["2M", 120_000],
  ["3S", 3_000],
  ["99999999m", 99_999_999],
  ["500u", 0.5],
  ["1n", 0.000_001],
  ["0m", 0],
  ["100000000m", undefined],
  ["1", undefined],
  ["m", undefined],
  ["-1m", undefined],
  ["1.5S", undefined],
  ["1s", undefined],
  ["", undefined],
];
for (const [text, expectedMs] of timeouts) {
  test(`grpc-timeout "${text}" is ${expectedMs ?? "malformed"}`, () => {
    assert.equal(parseGrpcTimeout(text), expectedMs);
    const verdict = checkGrpcRequest({ ...head, "grpc-timeout": text });
    assert.equal(verdict.kind, expectedMs === undefined ? "grpc-error" : "accept");
  });
}

const details: [string, string][] = [
  ["plain text, with: punctuation!", "plain text, with: punctuation!"],
  ["100 %", "100 %25"],
  ["line\nbreak", "line%0Abreak"],
  ["grüße ✓", "gr%C3%BC%C3%9Fe %E2%9C%93"],
  ["", ""],
];
for (const [text, encoded] of details) {
  test(`a detail travels: ${JSON.stringify(text)}`, () => {
    assert.equal(encodeDetail(text), encoded);
    assert.equal(decodeDetail(encoded), text);
  });
}

test("a detail is cut to 512 characters, and half a character does no harm", () => {
  assert.equal(encodeDetail("x".repeat(600)).length, 512);
  assert.equal(decodeDetail(encodeDetail(`${"x".repeat(511)}😀`)), `${"x".repeat(511)}\uFFFD`);
  assert.equal(decodeDetail("%zz"), "%zz");
});
