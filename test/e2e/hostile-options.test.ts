import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { connect, createCallDialer } from "../../client/index.ts";
import { chat } from "../../examples/chat/contract.ts";
import { chatRoom } from "../../examples/chat/room.ts";
import { createServer, type Log, type ServerOptions } from "../../server/index.ts";
import { WatchService } from "../../shared/gen/roomline/v1/watch_pb.ts";
import { makeCertificates } from "../transport/certificates.ts";

// Whatever a function in the options throws: every request gets an answer, and the server lives. What nobody caught would
// fail the test, since it runs in this process.

async function start(test: TestContext, options: Partial<ServerOptions>) {
  const server = await createServer({
    host: "127.0.0.1",
    port: 0,
    rooms: { chat: chatRoom },
    ...options,
  });
  test.after(() => server.close());
  return { server, url: `http://${server.address}` };
}

/** What JavaScript lets users throw. */
const thrown: readonly (readonly [string, () => unknown])[] = [
  ["an error", () => new Error("no")],
  ["undefined", () => undefined],
  ["null", () => null],
  ["a symbol", () => Symbol("no")],
  ["an object without a prototype", () => Object.create(null) as unknown],
  [
    "an error that throws when its message is read",
    () =>
      Object.defineProperty(new Error(), "message", {
        get() {
          throw new Error("no message");
        },
      }),
  ],
  [
    "a proxy that throws when it is looked at",
    () =>
      new Proxy(
        {},
        {
          get() {
            throw new Error("no property");
          },
        },
      ),
  ],
];

/** What an `authenticate` without a compiler may return. */
const returned: readonly (readonly [string, () => unknown])[] = [
  ["undefined", () => undefined],
  ["null", () => null],
  ["a number", () => 42],
  ["an identity without a name", () => ({})],
  [
    "an identity that throws when its name is read",
    () => ({
      get clientId() {
        throw new Error("no name");
      },
    }),
  ],
];

async function rejection(make: () => unknown): Promise<never> {
  await Promise.resolve();
  throw make();
}

type Authenticate = NonNullable<ServerOptions["authenticate"]>;

const wild: readonly (readonly [string, Authenticate])[] = [
  ...thrown.map(([what, make]): [string, Authenticate] => [
    `throws ${what}`,
    () => {
      throw make();
    },
  ]),
  ...thrown.map(([what, make]): [string, Authenticate] => [
    `rejects with ${what}`,
    () => rejection(make),
  ]),
  ...returned.map(([what, make]): [string, Authenticate] => [
    `returns ${what}`,
    () => make() as never,
  ]),
  ...returned.map(([what, make]): [string, Authenticate] => [
    `resolves to ${what}`,
    () => Promise.resolve(make()) as never,
  ]),
];

/** The status with which each way to a service turns a caller away. */
async function askServices(address: string, url: string): Promise<Record<string, unknown>> {
  const lobby = await fetch(`${url}/roomline.v1.LobbyService/ListRooms`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  await lobby.arrayBuffer();
  const watches: Record<string, string> = {};
  for (const protocol of ["grpc", "connect", "connect-http1"] as const) {
    const line = createCallDialer({ target: address, protocol }).dial();
    const watch = createClient(WatchService, line.transport).watch({ topic: "r" });
    watches[protocol] = await watch[Symbol.asyncIterator]()
      .next()
      .then(
        () => "answered",
        (error: unknown) => Code[ConnectError.from(error).code],
      );
    line.close();
  }
  return { lobby: lobby.status, ...watches };
}

const turnedAway = {
  lobby: 401,
  grpc: "Unauthenticated",
  connect: "Unauthenticated",
  "connect-http1": "Unauthenticated",
};

/** It cannot be found out who somebody is: they may ask again. */
const notNow = {
  lobby: 503,
  grpc: "Unavailable",
  connect: "Unavailable",
  "connect-http1": "Unavailable",
};

/** Who says that a token names nobody has found out who it is. */
const namesNobody = /(returns|resolves to) (undefined|null)$/;

describe("an authenticate that", () => {
  for (const [what, authenticate] of wild) {
    it(`HS-3: ${what} lets nobody in, over every protocol`, async (test) => {
      const { server, url } = await start(test, { authenticate });
      for (const transport of ["grpc", "websocket"] as const) {
        await assert.rejects(
          connect(server.address, { clientId: "ann", transport, connectTimeoutMs: 500 }),
          { message: /\S/ },
        );
      }
      const expected = namesNobody.test(what) ? turnedAway : notNow;
      assert.deepEqual(await askServices(server.address, url), expected);
      assert.equal((await fetch(`${url}/healthz`)).status, 200);
    });
  }

  it("never answers keeps nobody waiting beyond the hook timeout", async (test) => {
    const { server, url } = await start(test, {
      authenticate: () => new Promise(() => undefined),
      limits: { hookTimeoutMs: 100 },
    });
    assert.deepEqual(await askServices(server.address, url), {
      lobby: 504,
      grpc: "DeadlineExceeded",
      connect: "DeadlineExceeded",
      "connect-http1": "DeadlineExceeded",
    });
    assert.equal(server.usage.watches, 0);
  });
});

// Each waits for four seconds.
describe("a log whose methods", { concurrency: true }, () => {
  const logOf = (write: () => unknown): Log => {
    const log: Log = { debug: write, info: write, warn: write, error: write, child: () => log };
    return log;
  };
  for (const [what, make] of thrown) {
    for (const [how, log] of [
      [
        "throw",
        logOf(() => {
          throw make();
        }),
      ],
      ["reject with", logOf(() => rejection(make))],
    ] as const) {
      it(`${how} ${what} loses its lines, and nothing else`, async (test) => {
        const { server, url } = await start(test, {
          log,
          limits: { metricsReportIntervalMs: 10, helloTimeoutMs: 200 },
          authenticate({ clientId }) {
            if (clientId === "eve") throw new Error("no");
            return { clientId };
          },
        });
        for (const transport of ["grpc", "websocket"] as const) {
          const client = await connect(server.address, { clientId: "ann", transport });
          const session = await client.join(chat, { roomType: "chat" });
          await session.send("say", { text: "hello" });
          await client.close();
          await assert.rejects(
            connect(server.address, { clientId: "eve", transport, connectTimeoutMs: 2_000 }),
          );
        }
        assert.equal((await fetch(`${url}/healthz`)).status, 200);
        await server.drain(0);
      });
    }
  }
});

describe("certificates that", async () => {
  const { server: own, client: other } = await makeCertificates();
  for (const [what, tls] of [
    ["are no certificates", { cert: "nonsense", key: "nonsense" }],
    ["are empty", { cert: "", key: "" }],
    ["are missing", {}],
    ["are numbers", { cert: 1, key: 2 }],
    ["are null", null],
    ["do not fit each other", { cert: own.cert, key: other.key }],
    ["come with an empty authority", { ...own, ca: new Uint8Array() }],
  ] as const) {
    it(`${what} are refused in one line that names the option`, async () => {
      const options = { host: "127.0.0.1", port: 0, rooms: { chat: chatRoom }, tls };
      await assert.rejects(createServer(options as ServerOptions), {
        name: "RoomlineError",
        code: "invalid-config",
        message: /^tls cannot be used: .+\.$/,
      });
    });
  }
});

describe("a staticDir that", () => {
  const makeFolder = (test: TestContext): string => {
    const root = mkdtempSync(join(tmpdir(), "roomline-static-"));
    test.after(() => rmSync(root, { recursive: true }));
    const staticDir = join(root, "pages");
    mkdirSync(staticDir);
    writeFileSync(join(staticDir, "index.html"), "hello");
    writeFileSync(join(staticDir, "large.bin"), Buffer.alloc(8_000_000));
    return staticDir;
  };

  it("vanishes is as empty from then on, and what is being sent is sent", async (test) => {
    const staticDir = makeFolder(test);
    const { url } = await start(test, { staticDir });
    assert.equal(await (await fetch(`${url}/`)).text(), "hello");
    const large = await fetch(`${url}/large.bin`);
    renameSync(staticDir, `${staticDir}-elsewhere`);
    assert.equal((await large.arrayBuffer()).byteLength, 8_000_000);
    for (const path of ["/", "/index.html", "/large.bin"])
      assert.equal((await fetch(`${url}${path}`)).status, 404);
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
  });

  it("becomes a file has nothing in it", async (test) => {
    const staticDir = makeFolder(test);
    const { url } = await start(test, { staticDir });
    rmSync(staticDir, { recursive: true });
    writeFileSync(staticDir, "no folder");
    for (const path of ["/index.html", "/a/b", "/%00", "/%E0%A4%A"]) {
      const { status } = await fetch(`${url}${path}`);
      assert.ok(status === 404 || status === 400, `${path}: ${status}`);
    }
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
  });
});
