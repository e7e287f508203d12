import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { assertAllAnswered } from "./methods.ts";
import { startNoisyServer } from "./noisy-server.ts";
import { missing, projectDir, run, seconds } from "./toolchain.ts";

test(
  `HB-5: grpc-go, with its default options, uses every service for ${seconds} s over one connection`,
  { skip: missing("go", "version"), timeout: 600_000 },
  async (context) => {
    const cwd = mkdtempSync(join(tmpdir(), "roomline-go-"));
    context.after(() => rmSync(cwd, { recursive: true, force: true }));
    cpSync(join(projectDir, "test/foreign/go"), cwd, { recursive: true });
    const buf = join(projectDir, "node_modules/.bin/buf");
    const proto = join(projectDir, "proto");
    await run(buf, ["generate", proto, "--path", join(proto, "roomline/v1")], { cwd });
    await run("go", ["build", "-o", "client", "."], { cwd });
    const refusals: string[] = [];
    const server = await startNoisyServer(context, refusals);
    const args = ["-target", server.address, "-seconds", String(seconds)];
    assertAllAnswered(await run(join(cwd, "client"), args, { cwd }));
    assert.equal(server.counters.connectionsAccepted, 1);
    assert.deepEqual(refusals, []);
  },
);
