import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { toBinary, create } from "@bufbuild/protobuf";
import { createServer, type ServerOptions } from "../../server/index.ts";
import { ListRoomsRequestSchema } from "../../shared/gen/roomline/v1/lobby_pb.ts";
import { createEchoRoom } from "../engine/rooms.ts";

const path = "/roomline.v1.LobbyService/ListRooms";
const friend = "https://game.example";
const stranger = "https://evil.example";

async function start(test: TestContext, options: Partial<ServerOptions> = {}): Promise<string> {
  const rooms = { echo: createEchoRoom() };
  const server = await createServer({ host: "127.0.0.1", port: 0, rooms, ...options });
  test.after(() => server.close());
  return `http://${server.address}`;
}

const authenticate = () => ({ clientId: "ann" });
const withFriend = { authenticate, allowedOrigins: [friend] };

/** Asks as a browser does before a page's call. */
function preflight(url: string, origin: string, headers: string): Promise<Response> {
  return fetch(url + path, {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": headers,
    },
  });
}

const list = (value: string | null) => (value ?? "").toLowerCase().split(/, */);

/** An empty ListRoomsRequest as gRPC-Web frames it: a flag and a length before it. */
const webFrame = () => {
  const bytes = toBinary(ListRoomsRequestSchema, create(ListRoomsRequestSchema, {}));
  return new Uint8Array([0, 0, 0, 0, bytes.length, ...bytes]);
};

const calls = {
  Connect: {
    type: "application/json",
    headers: "authorization,client-id,connect-protocol-version,connect-timeout-ms,content-type",
    exposed: "roomline-error",
    body: () => "{}",
  },
  "gRPC-Web": {
    type: "application/grpc-web+proto",
    headers: "authorization,content-type,grpc-timeout,x-grpc-web,x-user-agent",
    exposed: "grpc-status",
    body: webFrame,
  },
} as const;

function send(
  url: string,
  origin: string,
  { type, body }: (typeof calls)[keyof typeof calls],
): Promise<Response> {
  const headers = { origin, "content-type": type, authorization: "Bearer x" };
  return fetch(url + path, { method: "POST", headers, body: body() });
}

describe("pages of other origins", () => {
  for (const [name, call] of Object.entries(calls)) {
    it(`WS-2: a page of an allowed origin may ask first, call and read over ${name}`, async (test) => {
      const url = await start(test, withFriend);
      const asked = await preflight(url, friend, call.headers);
      assert.equal(asked.status, 204);
      assert.equal(asked.headers.get("access-control-allow-origin"), friend);
      assert.ok(list(asked.headers.get("access-control-allow-methods")).includes("post"));
      const allowed = list(asked.headers.get("access-control-allow-headers"));
      for (const header of call.headers.split(",")) assert.ok(allowed.includes(header), header);
      const answer = await send(url, friend, call);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get("access-control-allow-origin"), friend);
      assert.match(answer.headers.get("vary") ?? "", /origin/i);
      const exposed = list(answer.headers.get("access-control-expose-headers"));
      assert.ok(exposed.includes(call.exposed), call.exposed);
      await answer.arrayBuffer();
    });

    it(`WS-2: a page of a foreign origin is allowed nothing over ${name}`, async (test) => {
      const url = await start(test, withFriend);
      const asked = await preflight(url, stranger, call.headers);
      const answer = await send(url, stranger, call);
      for (const { headers } of [asked, answer]) {
        assert.equal(headers.get("access-control-allow-origin"), null);
      }
      await answer.arrayBuffer();
    });
  }

  it("WS-2: pages from this machine may in dev mode, and not with authentication", async (test) => {
    const [open, closed] = [await start(test), await start(test, { authenticate })];
    for (const origin of ["http://localhost:3000", "http://127.0.0.1:8080", "http://[::1]:1"]) {
      const asked = await preflight(open, origin, "content-type");
      assert.equal(asked.headers.get("access-control-allow-origin"), origin);
      const refused = await preflight(closed, origin, "content-type");
      assert.equal(refused.headers.get("access-control-allow-origin"), null);
    }
    const looksLocal = await preflight(open, "http://localhost.evil.example", "content-type");
    assert.equal(looksLocal.headers.get("access-control-allow-origin"), null);
  });

  it("WS-2: the server's own pages may, and every page where * is allowed", async (test) => {
    const [own, all] = [
      await start(test, { authenticate }),
      await start(test, { authenticate, allowedOrigins: ["*"] }),
    ];
    const asked = await preflight(own, own, "content-type");
    assert.equal(asked.headers.get("access-control-allow-origin"), own);
    const any = await preflight(all, stranger, "content-type");
    assert.equal(any.headers.get("access-control-allow-origin"), stranger);
  });
});
