import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { mountServices } from "../../server/services/http/mount.ts";
import { Health } from "../../shared/gen/grpc/health/v1/health_pb.ts";
import { openTestPort } from "./test-port.ts";
import { waitUntil } from "./wait-until.ts";

test("a deadline further away than a timer can wait is none", async () => {
  const left: (number | undefined)[] = [];
  const requestHandler = mountServices({
    routes: [
      (router) =>
        router.service(Health, {
          check(_request, context) {
            left.push(context.timeoutMs());
            return {};
          },
        }),
    ],
  });
  const server = await openTestPort({ requestHandler });
  for (const [type, header, deadline] of [
    ["application/json", "connect-timeout-ms", "60000"],
    ["application/json", "connect-timeout-ms", "9999999999"],
    ["application/grpc-web", "grpc-timeout", "60S"],
    ["application/grpc-web", "grpc-timeout", "99999999H"],
  ] as const) {
    const answer = await fetch(`http://127.0.0.1:${server.number}/grpc.health.v1.Health/Check`, {
      method: "POST",
      headers: { "content-type": type, [header]: deadline, connection: "close" },
      body: type === "application/json" ? "{}" : new Uint8Array(5),
    });
    assert.equal(answer.status, 200);
    await answer.arrayBuffer();
  }
  assert.deepEqual(
    left.map((ms) => (ms === undefined ? "none" : ms > 50_000 && ms <= 60_000)),
    [true, "none", true, "none"],
  );
  await server.end();
});

// Node 24 told the error of a request to nobody here: the one who listened had just stopped.
test("requests behind one another whose client goes away at once harm nobody", async () => {
  const requestHandler = mountServices({ routes: [(router) => router.service(Health, {})] });
  const server = await openTestPort({ requestHandler });
  for (const method of ["PUT", "HEAD", "POST"]) {
    const socket = connect(server.number, "127.0.0.1");
    socket.on("error", () => undefined);
    await once(socket, "connect");
    const head = "host: x\r\ncontent-type: text/plain\r\ncontent-length: 2";
    socket.write(`${method} /grpc.health.v1.Health/Check HTTP/1.1\r\n${head}\r\n\r\n{}`.repeat(3));
    socket.resetAndDestroy();
    await once(socket, "close");
    await waitUntil(() => server.port.usage.sockets === 0, "the socket to be gone");
  }
  await server.end();
});
