import assert from "node:assert/strict";
import { constants } from "node:http2";
import { suite } from "node:test";
import { mountServices } from "../../server/services/http/mount.ts";
import type { PortResponse, RequestHandler } from "../../server/transport/request-handler.ts";
import { Health } from "../../shared/gen/grpc/health/v1/health_pb.ts";
import { call, grpc, message, portTest } from "./grpc-call.ts";
import type { TestPort } from "./test-port.ts";

/** The same request over HTTP/1: the status, or "broken". */
async function get(
  { number }: TestPort,
  path: string,
  connection: "close" | "keep-alive" = "close",
): Promise<number | "broken"> {
  try {
    const response = await fetch(`http://127.0.0.1:${number}${path}`, { headers: { connection } });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return "broken";
  }
}

const http2 = ({ number }: TestPort, path: string) =>
  call(number, { ":method": "GET", ":path": path });

const fail = (): never => {
  throw Object.create(null);
};

/** How pages fail: at once and later, before and after they have sent something. */
const pages: Readonly<Record<string, (response: PortResponse) => unknown>> = {
  "/throws": fail,
  "/rejects": () => Promise.reject(Object.create(null) as Error),
  "/throws-with-a-length": (response) => {
    response.setHeader("content-length", "100");
    fail();
  },
};

const brokenOff: typeof pages = {
  "/throws-within": (response) => {
    response.writeHead(200, { "content-type": "text/plain" });
    response.write("half");
    fail();
  },
  "/rejects-within": async (response) => {
    response.writeHead(200, { "content-type": "text/plain" });
    response.write("half");
    await Promise.reject(Object.create(null) as Error);
  },
};

const handlers = new Map(
  Object.entries({ ...pages, ...brokenOff }).map(([path, page]): [string, RequestHandler] => [
    path,
    (_request, response) => page(response) as void,
  ]),
);
const mounted = { requestHandler: mountServices({ routes: [], pages: handlers }) };

suite("a page that fails", () => {
  for (const path of Object.keys(pages)) {
    portTest(
      `${path} is answered with 500`,
      async (server) => {
        assert.equal(await get(server, path), 500);
        assert.equal((await http2(server, path)).status, 500);
      },
      mounted,
    );
  }
  for (const path of Object.keys(brokenOff)) {
    portTest(
      `${path} is broken off, so that nobody takes the half of it for all`,
      async (server) => {
        // With "close", fetch takes any end for a good one.
        assert.equal(await get(server, path, "keep-alive"), "broken");
        const { status, rstCode } = await http2(server, path);
        assert.equal(status, 200);
        assert.equal(rstCode, constants.NGHTTP2_INTERNAL_ERROR);
      },
      mounted,
    );
  }
});

portTest(
  "whatever takes requests, calls and upgrades may throw: each ends, and the port goes on",
  async (server) => {
    assert.equal(await get(server, "/"), 500);
    assert.equal((await http2(server, "/")).status, 500);
    const { trailers } = await call(server.number, { ...grpc, ":path": "/test/Call" }, message(1));
    assert.equal(trailers["grpc-status"], "13");
    const stream = await call(server.number, grpc);
    assert.equal(stream.rstCode, constants.NGHTTP2_INTERNAL_ERROR);
    await assert.rejects(
      fetch(`http://127.0.0.1:${server.number}/connect`, {
        method: "POST",
        headers: { connection: "upgrade", upgrade: "websocket" },
      }),
    );
    assert.equal(await get(server, "/"), 500);
  },
  {
    requestHandler: fail,
    accept: fail,
    upgradeHandler: fail,
    calls: new Map([["/test/Call", fail]]),
  },
);

portTest(
  "a service that throws what has no text is answered with an error",
  async ({ number }) => {
    for (const [type, status] of [
      ["application/json", 500],
      ["application/grpc-web+proto", 200],
    ] as const) {
      const answer = await fetch(`http://127.0.0.1:${number}/grpc.health.v1.Health/Check`, {
        method: "POST",
        headers: { "content-type": type, connection: "close" },
        body: type === "application/json" ? "{}" : new Uint8Array(5),
      });
      await answer.arrayBuffer();
      assert.equal(answer.status, status);
    }
  },
  {
    requestHandler: mountServices({
      routes: [(router) => router.service(Health, { check: fail })],
    }),
  },
);

portTest(
  "trailers of a service that HTTP/2 has no place for are left out",
  async ({ number }) => {
    const { trailers } = await call(number, { ...grpc, ":path": "/test/Call" }, message(1));
    assert.equal(trailers["grpc-status"], "5");
    assert.equal(trailers["x-more"], undefined);
  },
  {
    calls: new Map([
      [
        "/test/Call",
        (it) => it.end({ status: 5, message: "", trailers: { connection: "x", "x-more": "y" } }),
      ],
    ]),
  },
);
