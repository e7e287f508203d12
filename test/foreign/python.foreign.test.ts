import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createServer } from "roomline/server";
import { arenaRoom } from "../../examples/arena/room.ts";
import { chatRoom } from "../../examples/chat/room.ts";
import { assertAllAnswered } from "./methods.ts";
import { startNoisyServer } from "./noisy-server.ts";
import { preparePython } from "./python-toolchain.ts";
import { missing, projectDir, run, seconds } from "./toolchain.ts";

const skip = missing("python3", "--version");

describe("grpcio", { skip, timeout: 600_000 }, () => {
  const cwd = projectDir;
  const folder = mkdtempSync(join(tmpdir(), "roomline-python-"));
  const python = join(folder, "venv/bin/python");
  const env = { ...process.env, PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: "1" };

  before(() => preparePython(folder));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it(`HB-5: uses every service for ${seconds} s each over a connection of its own`, async (context) => {
    const refusals: string[] = [];
    const server = await startNoisyServer(context, refusals);
    const args = ["--target", server.address, "--seconds", String(seconds)];
    const program = "test/foreign/python/client.py";
    assertAllAnswered(await run(python, [program, ...args], { cwd, env }));
    assert.deepEqual(refusals, []);
  });

  it("the client of examples/bots/python finds all of its checks held", async (context) => {
    const rooms = { arena: arenaRoom, chat: chatRoom };
    const server = await createServer({ host: "127.0.0.1", port: 0, rooms });
    context.after(() => server.close());
    const args = ["--url", server.address, "--seconds", "3", "--check"];
    await run(python, ["examples/bots/python/client.py", ...args], { cwd, env });
  });
});
