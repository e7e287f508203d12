import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { once } from "node:events";
import { describe, test } from "node:test";
import { connect } from "roomline/client";
import { defineContract, json } from "roomline/contract";
import { chat } from "../../examples/chat/contract.ts";
import { runRoomline, startRoomline, startServer } from "./spawn-roomline.ts";

const wrong: readonly [what: string, args: string[], lines: RegExp[]][] = [
  ["an unknown command", ["sreve"], [/unknown command 'sreve'.*Did you mean serve\?.*--help/]],
  ["an unknown option", ["serve", "--prot", "1"], [/unknown option '--prot'.*--port.*--help/]],
  ["a value left out", ["serve", "--port"], [/'--port <NUMBER>' argument missing/]],
  [
    "many mistakes at once",
    ["serve", "nowhere.js", "--port", "abc", "--limit", "x=1"],
    [/--port is "abc"/, /--limit is "x=1"/, /no module "nowhere.js"/],
  ],
  ["a module without rooms", ["serve", "test/cli/rooms/no-rooms.ts"], [/exports no rooms/]],
  ["a module that throws", ["serve", "test/cli/rooms/throwing.ts"], [/The database is away\.$/]],
  ["a limit out of its range", ["serve", "--limit", "inputsBurst=0"], [/limits.inputsBurst is 0/]],
  [
    "certificates that are not there",
    ["serve", "--tls-cert", "no.pem", "--tls-key", "no.key"],
    [/file of --tls-cert.*no\.pem/, /file of --tls-key.*no\.key/],
  ],
  ["load with mistakes", ["load", "--players", "x", "--url", "y"], [/--url/, /--players/]],
];

describe("bad usage: a line each, exit code 2", { concurrency: 3 }, () => {
  for (const [what, args, expected] of wrong) {
    test(what, async () => {
      const { code, stdout, stderr } = await runRoomline(args);
      const lines = stderr.trimEnd().split("\n");
      assert.equal(code, 2);
      assert.equal(stdout, "");
      assert.equal(lines.length, expected.length, stderr);
      for (const [index, pattern] of expected.entries()) {
        assert.match(lines[index] ?? "", /^roomline: /);
        assert.match(lines[index] ?? "", pattern);
      }
    });
  }

  test("--version and --help are no mistakes", async () => {
    const [version, help] = await Promise.all([
      runRoomline(["--version"]),
      runRoomline(["serve", "--help"]),
    ]);
    assert.deepEqual([version.code, help.code], [0, 0]);
    assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
    assert.match(help.stdout, /--resume-window <SECONDS>/);
  });

  test("a port that is taken: one line, exit code 1", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const bound = other.address();
    const port = typeof bound === "object" && bound !== null ? String(bound.port) : "";
    const { code, stderr } = await runRoomline(["serve"], {
      ROOMLINE_HOST: "127.0.0.1",
      ROOMLINE_PORT: port,
    });
    other.close();
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`^roomline: Another program has port ${port} .*\\.\\n$`));
  });
});

describe("serve", { concurrency: 2 }, () => {
  test("logs JSON, warns of dev mode once, drains on SIGTERM and exits with 0", async () => {
    const server = await startServer([]);
    const client = await connect(server.address, { clientId: "ann", reconnect: false });
    const session = await client.join(chat, { roomType: "chat" });
    const closed = new Promise((resolve) => session.onClose(resolve));
    const { code, stdout, stderr } = await server.stop();
    await closed;
    assert.equal(code, 0);
    assert.equal(stderr.match(/clients name themselves/g)?.length, 1);
    const { address } = server;
    assert.ok(stderr.includes(`roomline: try your rooms: http://${address}/playground/\n`));
    const messages = stdout
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    assert.ok(messages.length >= 2);
    await client.close();
  });

  test("a second signal ends it at once", async () => {
    const running = startRoomline(["serve", "--port", "0", "--host", "127.0.0.1"]);
    const [, address = ""] = await running.said(/listening on (\S+) /);
    const client = await connect(address, { clientId: "ann", reconnect: false });
    running.child.kill("SIGINT");
    await running.said(/draining/);
    running.child.kill("SIGTERM");
    assert.equal((await running.ended).code, 130);
    await client.close();
  });

  test("AD-7: an operator's Drain ends it like SIGTERM, with 0", async () => {
    const env = { ROOMLINE_ADMIN_TOKEN: "correct-horse" };
    const running = startRoomline(["serve", "--port", "0", "--host", "127.0.0.1"], env);
    const [, address = ""] = await running.said(/listening on (\S+) /);
    const drain = (token: string) =>
      fetch(`http://${address}/roomline.v1.AdminService/Drain`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
        body: "{}",
      });
    assert.equal((await drain("wrong-horse")).status, 401);
    assert.equal((await drain("correct-horse")).status, 200);
    const { code, stdout } = await running.ended;
    assert.equal(code, 0);
    assert.match(stdout, /operator: drain within 30000 ms/);
  });

  test("a module's rooms, with flags and variables", async () => {
    const env = { ROOMLINE_LOG_LEVEL: "silent", ROOMLINE_NODE: "n1" };
    const running = startRoomline(
      ["serve", "test/cli/rooms/doubling-rooms.ts", "--port", "0", "--host", "127.0.0.1"],
      env,
    );
    await running.said(/rooms: chat, arena\n/);
    running.child.kill("SIGTERM");
    const { code, stdout } = await running.ended;
    assert.equal(code, 0);
    assert.equal(stdout, "");
  });
});

/** A port nobody has: it has to be the same after a restart. */
async function freePort(): Promise<number> {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as AddressInfo;
  taken.close();
  await once(taken, "close");
  return port;
}

describe("serve --watch", () => {
  test("a saved file starts it again: players come back to the new rooms; a broken one says why and waits", async (t) => {
    const folder = mkdtempSync("test/cli/watched-");
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "rooms.ts");
    const save = (answer: string): void =>
      writeFileSync(
        file,
        `import { defineContract, json } from "roomline/contract";
import { defineRoom } from "roomline/server";
const contract = defineContract({ inputs: { say: json() }, events: { said: json() } });
export const rooms = {
  echo: defineRoom(contract, { onInput: { say: (room) => void room.publish("said", ${answer}) } }),
};
`,
      );
    save('"one"');
    const port = await freePort();
    const args = ["serve", file, "--watch", "--host", "127.0.0.1", "--port", `${port}`];
    const running = startRoomline(args);
    t.after(() => running.child.kill("SIGKILL"));
    await running.said(/listening on/);
    const contract = defineContract({ inputs: { say: json() }, events: { said: json<string>() } });
    const client = await connect(`127.0.0.1:${port}`, { clientId: "ann" });
    t.after(() => client.close());
    const answer = async (): Promise<string> => {
      const session = await client.join(contract, { roomType: "echo" });
      const said = new Promise<string>((resolve) => session.on("said", resolve));
      await session.send("say", null);
      const text = await said;
      await session.leave();
      return text;
    };
    assert.equal(await answer(), "one");

    const live = (): Promise<void> =>
      new Promise((resolve) => client.onStateChange((state) => state === "live" && resolve()));
    const back = live();
    save('"two"');
    await back;
    assert.equal(await answer(), "two");

    save("not a program");
    await running.said(/roomline: Cannot load the module/);
    const mended = live();
    save('"three"');
    await mended;
    assert.equal(await answer(), "three");

    running.child.kill("SIGTERM");
    assert.equal((await running.ended).code, 0);
  });
});
