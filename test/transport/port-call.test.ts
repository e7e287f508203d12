import assert from "node:assert/strict";
import type { AnswerCall, StreamingCall } from "../../server/transport/grpc/call.ts";
import { frameMessage } from "../../server/transport/grpc/frame.ts";
import { call, grpc, portTest } from "./grpc-call.ts";

const path = "/test.Service/Stream";
const head = { ...grpc, ":path": path };
const message = (text: string) => Buffer.from(`\0\0\0\0${String.fromCharCode(text.length)}${text}`);
const over = (it: StreamingCall) => it.end({ status: undefined, message: "", trailers: {} });

/** A port with one method. */
const answering = (answer: AnswerCall) => ({ calls: new Map([[path, answer]]) });

portTest(
  "a call is answered with many messages, byte for byte",
  async ({ number }) => {
    const { status, headers, body, trailers } = await call(number, head, message("abc"));
    assert.equal(status, 200);
    assert.equal(headers["content-type"], "application/grpc+proto");
    assert.equal(body.toString("latin1"), "\0\0\0\0\x03abc\0\0\0\0\x02de");
    assert.deepEqual([trailers["grpc-status"], trailers["grpc-message"]], ["5", "50 %25"]);
    assert.equal(trailers["x-more"], "y");
  },
  answering((it, request) => {
    const rest = [frameMessage(request), frameMessage(Buffer.from("de"))];
    const next = (): void => {
      const framed = rest.shift();
      if (framed === undefined) it.end({ status: 5, message: "50 %", trailers: { "x-more": "y" } });
      else it.send(framed);
    };
    it.open({ onWritten: next, onClosed: () => undefined });
    next();
  }),
);

for (const [name, body, status] of [
  ["no message", Buffer.alloc(0), "12"],
  ["two messages", Buffer.concat([message("a"), message("b")]), "12"],
  ["half a message", message("abc").subarray(0, 6), "13"],
  ["a compressed message", Buffer.from("\x01\0\0\0\x01a", "latin1"), "13"],
  ["a message that is too large", Buffer.from([0, 0, 1, 0, 1]), "8"],
] as const) {
  portTest(
    `a call with ${name} ends with status ${status} and reaches no method`,
    async ({ number }) => {
      const { trailers } = await call(number, head, body);
      assert.equal(trailers["grpc-status"], status);
    },
    answering(() => assert.fail("it was answered")),
  );
}

for (const headers of [
  { "content-type": "application/grpc-web+proto" },
  { "content-type": "application/connect+proto" },
  { "grpc-encoding": "gzip" },
  { ":path": "/test.Service/Other" },
]) {
  portTest(
    `${Object.values(headers).join()} is left to the other handler`,
    async ({ number }) => {
      const { status } = await call(number, { ...head, ...headers }, message("a"));
      assert.equal(status, 404);
    },
    answering(() => assert.fail("it was answered")),
  );
}

portTest(
  "a call whose own time is over ends with DEADLINE_EXCEEDED",
  async ({ number }) => {
    const { trailers } = await call(number, { ...head, "grpc-timeout": "20m" }, message("a"));
    assert.equal(trailers["grpc-status"], "4");
  },
  answering((it) => it.open({ onWritten: () => undefined, onClosed: () => undefined })),
);

const closed: string[] = [];

portTest(
  "a call that is cut ends by a reset that says so, and tells its method once",
  async ({ number }) => {
    const { rstCode } = await call(number, head, message("a"));
    assert.equal(rstCode, 11);
    assert.deepEqual(closed, ["cut"]);
  },
  answering((it) => {
    it.open({ onWritten: () => undefined, onClosed: () => closed.push("cut") });
    it.cut();
    it.cut();
    over(it);
  }),
);
