import { allowOrigins } from "../../server/transport/origin-policy.ts";
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import { portTest } from "./grpc-call.ts";
import { rawExchange } from "./raw-exchange.ts";
import {
  acceptOfKey,
  opcode,
  rawClose,
  rawFrame,
  readClose,
  readFrames,
  upgradeHead,
} from "./raw-websocket.ts";
import type { TestPort, TestPortOptions } from "./test-port.ts";
import { waitUntil } from "./wait-until.ts";

const goodbye = rawClose(4500);

/** Sends this behind an upgrade, and gives the answer and how the server's end of the stream ended. */
async function exchange(server: TestPort, ...frames: Uint8Array[]) {
  const answer = await rawExchange(server.number, [upgradeHead(), ...frames]);
  const { end } = await server.whenAccepted(1);
  await waitUntil(() => end.closes.length === 1, "the end");
  return { answer, end };
}

portTest("WS-1: the handshake of RFC 6455, on the port of everything else", async (server) => {
  const { answer } = await exchange(server, goodbye);
  assert.match(answer, /^HTTP\/1.1 101 /);
  assert.ok(answer.includes(`Sec-WebSocket-Accept: ${acceptOfKey}\r\n`));
  assert.ok(!answer.includes("Sec-WebSocket-Extensions"));
});

portTest("WS-1: a frame is a binary message, whole or in fragments", async (server) => {
  const { binary, continuation } = opcode;
  const { end } = await exchange(
    server,
    rawFrame({ opcode: binary, payload: "whole" }),
    rawFrame({ opcode: binary, payload: "frag", fin: false }),
    rawFrame({ opcode: opcode.ping, payload: "between" }),
    rawFrame({ opcode: continuation, payload: "ment", fin: false }),
    rawFrame({ opcode: continuation, payload: "s" }),
    rawFrame({ opcode: binary }),
    goodbye,
  );
  assert.deepEqual(end.texts, ["whole", "fragments", ""]);
});

portTest("WS-1: a frame that comes byte by byte", async (server) => {
  const frame = rawFrame({ opcode: opcode.binary, payload: "slow" });
  const { end } = await exchange(server, ...[...frame].map((byte) => Uint8Array.of(byte)), goodbye);
  assert.deepEqual(end.texts, ["slow"]);
});

portTest(
  "WS-1: frames to the client have the shortest header for their length",
  async (server) => {
    const answer = await rawExchange(server.number, [upgradeHead(), goodbye]);
    const frames = readFrames(answer).filter((frame) => frame.opcode === opcode.binary);
    assert.deepEqual(
      frames.map(({ payload }) => payload.length),
      [0, 125, 126, 65_535, 65_536, 200_000],
    );
    assert.ok(frames.every(({ payload }, index) => payload.every((byte) => byte === index)));
  },
  {
    whenAccepted(end) {
      for (const [index, length] of [0, 125, 126, 65_535, 65_536, 200_000].entries())
        end.send(new Uint8Array(length).fill(index));
    },
  },
);

for (const path of ["/", "/connect/", "/Connect", "/roomline.v1.RealtimeService/Connect"]) {
  portTest(`WS-1: an upgrade at ${path} gets 404`, async (server) => {
    const answer = await rawExchange(server.number, [upgradeHead(path)]);
    assert.match(answer, /^HTTP\/1.1 404 Not Found\r\n.*it is at \/connect\.\n$/s);
    assert.equal(server.accepted.length, 0);
  });
}

const faults: readonly [string, Readonly<Record<string, string>>, RegExp][] = [
  ["no key", { "sec-websocket-key": "" }, /^HTTP\/1.1 400 /],
  ["a key that is none", { "sec-websocket-key": "x" }, /^HTTP\/1.1 400 /],
  ["another version", { "sec-websocket-version": "12" }, /^HTTP\/1.1 400 .*version: 13/is],
];
for (const [what, headers, expected] of faults) {
  portTest(`WS-1: an upgrade with ${what} is refused`, async (server) => {
    assert.match(await rawExchange(server.number, [upgradeHead("/connect", headers)]), expected);
  });
}

portTest("WS-1: who stays after a refusal is cut off", async (server) => {
  const socket = connect({ port: server.number, host: "127.0.0.1", allowHalfOpen: true });
  socket.on("error", () => undefined);
  socket.write(upgradeHead("/elsewhere"));
  await once(socket, "data");
  await waitUntil(() => server.port.usage.sockets === 0, "the end");
  socket.destroy();
});

const origins: TestPortOptions = {
  origins: { allowed: allowOrigins(["https://play.example"]), localPages: false },
};
const upgradeFrom = (origin: string) => [upgradeHead("/connect", { origin }), goodbye];
for (const origin of ["", "http://game.example", "https://game.example", "https://play.example"]) {
  portTest(
    `WS-2: a page of ${origin || "no origin"} may connect`,
    async (server) => {
      assert.match(await rawExchange(server.number, upgradeFrom(origin)), /^HTTP\/1.1 101 /);
    },
    origins,
  );
}
for (const origin of [
  "https://evil.example",
  "http://play.example",
  "https://play.example:444",
  "http://localhost:5173",
  "null",
]) {
  portTest(
    `WS-2: a page of ${origin} gets 403 and a line that says so`,
    async (server) => {
      const answer = await rawExchange(server.number, upgradeFrom(origin));
      const line = `Pages of the origin ${origin} may not connect. Name it in the server's option allowedOrigins.`;
      assert.match(answer, /^HTTP\/1.1 403 Forbidden\r\n/);
      assert.ok(answer.endsWith(`\r\n\r\n${line}\n`));
      assert.equal(server.accepted.length, 0);
    },
    origins,
  );
}

const offering = (protocols: string, headers = {}) => [
  upgradeHead("/connect", { "sec-websocket-protocol": protocols, ...headers }),
  goodbye,
];
const token = Buffer.from("a.b-c_d/e+f==").toString("base64url");

portTest("WS-3: a token as sub-protocol becomes authorization", async (server) => {
  const answer = await rawExchange(server.number, offering(`roomline.v1, roomline.token.${token}`));
  assert.match(answer, /\r\nSec-WebSocket-Protocol: roomline.v1\r\n/);
  const { peer } = await server.whenAccepted(1);
  assert.equal(peer.protocol, "websocket");
  assert.equal(peer.metadata.get("authorization"), "Bearer a.b-c_d/e+f==");
  assert.ok(![...peer.metadata.values()].some((value) => value.includes(token)));
});

portTest("WS-3: headers are metadata, and go before the sub-protocol", async (server) => {
  await rawExchange(
    server.number,
    offering(`roomline.token.${token},roomline.v1`, {
      authorization: "Bearer x",
      "client-id": "ann",
    }),
  );
  const { peer } = await server.whenAccepted(1);
  assert.equal(peer.metadata.get("authorization"), "Bearer x");
  assert.equal(peer.metadata.get("client-id"), "ann");
});

for (const [protocols, said] of [
  ["graphql-ws", "Of the sub-protocols offered one has to be roomline.v1."],
  [`roomline.token.${token}`, "Of the sub-protocols offered one has to be roomline.v1."],
  ["roomline.v1, roomline.token.", "holds no token in base64url."],
  ["roomline.v1, roomline.token.DQo", "holds no token in base64url."],
] as const) {
  portTest(`WS-3: the sub-protocols ${protocols} get 400`, async (server) => {
    const answer = await rawExchange(server.number, offering(protocols));
    assert.match(answer, /^HTTP\/1.1 400 /);
    assert.ok(answer.endsWith(`${said}\n`), answer);
  });
}

for (const query of ["token=secret", "a=1&access_token=secret"]) {
  portTest(`WS-3: ${query} in the URL gets 400`, async (server) => {
    const answer = await rawExchange(server.number, [upgradeHead(`/connect?${query}`)]);
    assert.match(answer, /^HTTP\/1.1 400 .*A token does not belong into the URL/s);
    assert.ok(!answer.includes("secret"));
  });
}

portTest("WS-3: another query does no harm", async (server) => {
  assert.match(await rawExchange(server.number, [upgradeHead("/connect?v=1"), goodbye]), / 101 /);
});

portTest("WS-4: a close frame is answered, and the end of the stream", async (server) => {
  const { answer, end } = await exchange(server, rawClose(4010, "silence"));
  assert.deepEqual(readClose(answer), [4010, "silence"]);
  assert.deepEqual(end.close, { reason: closeReasons.livenessTimeout, detail: "silence" });
});

portTest("WS-4: a close frame without a code is a goodbye", async (server) => {
  const { end } = await exchange(server, rawFrame({ opcode: opcode.close }));
  assert.equal(end.close.reason, closeReasons.clientClosed);
});

const broken: readonly [string, Uint8Array, number, CloseReason][] = [
  ["text", rawFrame({ opcode: opcode.text, payload: "hello" }), 4505, closeReasons.protocolError],
  [
    "a frame that is not masked",
    rawFrame({ opcode: opcode.binary, payload: "x", masked: false }),
    1002,
    closeReasons.protocolError,
  ],
  [
    "an opcode there is not",
    rawFrame({ opcode: 3, payload: "x" }),
    1002,
    closeReasons.protocolError,
  ],
  [
    "a continuation of nothing",
    rawFrame({ opcode: opcode.continuation, payload: "x" }),
    1002,
    closeReasons.protocolError,
  ],
  [
    "a ping in fragments",
    rawFrame({ opcode: opcode.ping, fin: false }),
    1002,
    closeReasons.protocolError,
  ],
  [
    "bad UTF-8 in a close frame",
    rawClose(4500, Uint8Array.of(0xc3)),
    1007,
    closeReasons.protocolError,
  ],
  ["a close code there is not", rawClose(999), 1002, closeReasons.protocolError],
  [
    "a frame that is too large",
    rawFrame({ opcode: opcode.binary, payload: "x".repeat(101) }),
    1009,
    closeReasons.frameTooLarge,
  ],
  [
    "too much in fragments",
    Buffer.concat([
      rawFrame({ opcode: opcode.binary, payload: "x".repeat(60), fin: false }),
      rawFrame({ opcode: opcode.continuation, payload: "x".repeat(60) }),
    ]),
    1009,
    closeReasons.frameTooLarge,
  ],
];
for (const [what, bytes, code, reason] of broken) {
  portTest(
    `WS-5: ${what} ends the stream with ${code}`,
    async (server) => {
      const after = rawFrame({ opcode: opcode.binary, payload: "after" });
      const { answer, end } = await exchange(server, Buffer.concat([bytes, after]), goodbye);
      assert.equal(readClose(answer)?.[0], code);
      assert.equal(end.close.reason, reason);
      assert.deepEqual(end.frames, []);
    },
    { limits: { inboundFrameBytesMax: 100 }, transportLimits: { lingerMs: 50 } },
  );
}

portTest(
  "WS-5: more than 64 fragments end the stream",
  async (server) => {
    const parts = Array.from({ length: 65 }, (_, index) =>
      rawFrame({ opcode: index === 0 ? opcode.binary : 0, payload: "x", fin: false }),
    );
    const { answer, end } = await exchange(server, Buffer.concat(parts));
    assert.equal(readClose(answer)?.[0], 1008);
    assert.equal(end.close.reason, closeReasons.protocolError);
  },
  { transportLimits: { lingerMs: 50 } },
);

portTest("WS-6: a ping is answered with its pong", async (server) => {
  const { answer } = await exchange(
    server,
    rawFrame({ opcode: opcode.ping, payload: "?" }),
    goodbye,
  );
  const pongs = readFrames(answer).filter((frame) => frame.opcode === opcode.pong);
  assert.deepEqual(
    pongs.map(({ payload }) => payload.toString()),
    ["?"],
  );
});

portTest(
  "WS-6: who answers no ping is cut off",
  async (server) => {
    const { answer, end } = await exchange(server);
    assert.deepEqual(
      readFrames(answer).map((frame) => frame.opcode),
      [opcode.ping],
    );
    assert.equal(end.close.reason, closeReasons.connectionLost);
    assert.deepEqual(server.cuts, ["ping-timeout"]);
  },
  { limits: { pingIntervalMs: 40, pingTimeoutMs: 40 } },
);

portTest(
  "the other end of a close that is not answered is waited for no longer than it lingers",
  async (server) => {
    const { answer } = await exchange(server);
    assert.deepEqual(readClose(answer), [4001, "draining"]);
  },
  {
    whenAccepted: (end) => end.transport.close(closeReasons.draining),
    transportLimits: { lingerMs: 40 },
  },
);
