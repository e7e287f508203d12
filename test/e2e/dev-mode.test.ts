import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createTcpServer } from "node:net";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { connect } from "roomline/client";
import { createServer, silentLog, type Log, type ServerOptions } from "roomline/server";

/** What a server of these options warns of at its start. */
async function warnings(options: Partial<ServerOptions>): Promise<string[]> {
  const lines: string[] = [];
  const ignore = (): void => undefined;
  const log: Log = {
    debug: ignore,
    info: ignore,
    warn: (_, line) => void lines.push(line),
    error: ignore,
    child: () => log,
  };
  const server = await createServer({ rooms: {}, port: 0, log, ...options });
  await server.close();
  return lines;
}

test("without a host, dev mode is for this machine alone, and a server that knows its clients for all", async () => {
  for (const [options, host] of [
    [{}, /^127\.0\.0\.1$/],
    [{ authenticate: () => ({ clientId: "ann" }) }, /^(::|0\.0\.0\.0)$/],
    [{ host: "0.0.0.0" }, /^0\.0\.0\.0$/],
  ] as const) {
    const server = await createServer({ rooms: {}, port: 0, log: silentLog, ...options });
    assert.match(server.host, host);
    await server.close();
  }
});

test("dev mode that can be reached from elsewhere says so loudly; anything else says nothing", async () => {
  const [line, ...more] = await warnings({ host: "0.0.0.0" });
  assert.match(line ?? "", /^dev mode beyond this machine: .*authenticate/);
  assert.deepEqual(more, []);
  assert.deepEqual(await warnings({ host: "127.0.0.1" }), []);
  assert.deepEqual(await warnings({ host: "localhost" }), []);
  const authenticate = () => ({ clientId: "ann" });
  assert.deepEqual(await warnings({ host: "0.0.0.0", authenticate }), []);
});

/** The loopback addresses that this machine has. */
const loopbacks = Object.values(networkInterfaces())
  .flatMap((its = []) => its.map(({ address }) => address))
  .filter((address) => address === "127.0.0.1" || address === "::1")
  .map((address) => (address === "::1" ? "[::1]" : address));

/** Which of the addresses of this machine's own let a player in at `port`; `isOpen`: whether to wait for that. */
async function openTo(port: number, isOpen = true): Promise<string[]> {
  const open: string[] = [];
  for (const host of ["localhost", ...loopbacks]) {
    for (const transport of ["grpc", "websocket"] as const) {
      const options = { transport, connectTimeoutMs: isOpen ? 5_000 : 200 };
      const client = await connect(`${host}:${port}`, options).catch(() => undefined);
      if (client === undefined) continue;
      open.push(`${transport} ${host}`);
      await client.close();
    }
  }
  return open;
}

for (const host of [undefined, "localhost"]) {
  test(`this machine alone is both of its loopback addresses: host ${host ?? "not given"}`, async () => {
    const server = await createServer({
      rooms: {},
      port: 0,
      log: silentLog,
      ...(host !== undefined && { host }),
    });
    try {
      const all = ["localhost", ...loopbacks].flatMap((it) => [`grpc ${it}`, `websocket ${it}`]);
      assert.deepEqual(await openTo(server.port), all);
    } finally {
      await server.close();
    }
    assert.deepEqual(await openTo(server.port, false), []);
  });
}

test(
  "a port that another program has at ::1 is in use: who asks for localhost might come to that one",
  { skip: !loopbacks.includes("[::1]") && "this machine has no IPv6" },
  async () => {
    const other = createTcpServer().listen(0, "::1");
    await once(other, "listening");
    const address = other.address();
    assert.ok(typeof address === "object" && address !== null);
    const { port } = address;
    const options = { rooms: {}, port, log: silentLog };
    await assert.rejects(createServer(options), {
      code: "address-in-use",
      message: `Another program has port ${port} on ::1: stop the program that listens there, or choose another port (0 takes a free one).`,
    });
    other.close();
    await once(other, "close");
    // Nothing was left at 127.0.0.1.
    await (await createServer(options)).close();
  },
);
