import assert from "node:assert/strict";
import { test } from "node:test";
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
