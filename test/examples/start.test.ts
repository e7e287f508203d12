import assert from "node:assert/strict";
import { createServer } from "node:net";
import { once } from "node:events";
import { test } from "node:test";
import { connect } from "roomline/client";
import { chat } from "../../examples/chat/contract.ts";
import { readSettings, SettingError } from "../../examples/start/settings.ts";
import { runProgram, startDemo } from "./program.ts";

test("npm start: says where it is, talks with a person, shows a cut without loss, and ends with 0", async (t) => {
  const { program, url } = await startDemo(t);
  assert.match(program.output, new RegExp(`^\\n Roomline is running. Open http://${url}/\\n`));
  const client = await connect(url, { clientId: "ann" });
  const session = await client.join(chat, { roomType: "chat", roomId: "lobby" });
  const answered = new Promise<string>((resolve) => {
    session.on("said", ({ text }, { sender }) => {
      if (sender !== "ann" && text.includes("ann")) resolve(text);
    });
  });
  await session.send("say", { text: "hello from the test" });
  await program.whenPrinted(/lobby +ann: hello from the test/);
  assert.match(await answered, /ann/);
  await program.whenPrinted(/back after .*: [1-9]\d* events replayed, 0 missed, 0 doubled/);
  await program.whenPrinted(/steered \d+ times meanwhile: each was applied, and applied once/);
  await client.close();
  await program.whenPrinted(/ann left/);

  const sinceMs = performance.now();
  program.signal("SIGINT");
  program.signal("SIGINT");
  assert.deepEqual(await program.ended, { code: 0, signal: null });
  assert.ok(performance.now() - sinceMs < 3_000, "it took long to end");
  assert.match(program.output, /Goodbye!.*\n.* with 0 events missed and 0 doubled/);
  assert.ok(!program.output.includes("\u001b"), "colours in a pipe");
  for (const line of program.output.split("\n"))
    assert.ok(line.length <= 110, `too long a line: ${line}`);
});

test("npm start: a port that is taken is one clear line and 1", async (t) => {
  const other = createServer().listen(0, "127.0.0.1");
  t.after(() => other.close());
  await once(other, "listening");
  const address = other.address();
  assert.ok(typeof address === "object" && address !== null);
  const program = runProgram(t, ["examples/start.ts"], { ROOMLINE_PORT: `${address.port}` });
  assert.equal((await program.ended).code, 1);
  assert.match(program.output, /^Port \d+ is taken\. .*ROOMLINE_PORT=\d+ npm start\n$/);
});

test("npm start: a bad ROOMLINE_PORT is one clear line and 2", async (t) => {
  const program = runProgram(t, ["examples/start.ts"], { ROOMLINE_PORT: "abc" });
  assert.equal((await program.ended).code, 2);
  assert.match(program.output, /^ROOMLINE_PORT is "abc"; it has to be a whole number.*\n$/);
});

test("npm start: what ports and hosts may be", () => {
  assert.deepEqual(readSettings({}), { host: "localhost", port: 50_051 });
  assert.deepEqual(readSettings({ ROOMLINE_PORT: "0", ROOMLINE_HOST: "::" }), {
    host: "::",
    port: 0,
  });
  for (const port of ["70000", "-1", "", "1e3", " 1", "0x10"])
    assert.throws(() => readSettings({ ROOMLINE_PORT: port }), SettingError, port);
  assert.throws(() => readSettings({ ROOMLINE_HOST: "" }), SettingError);
});
