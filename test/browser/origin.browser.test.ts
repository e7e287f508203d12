import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, silentLog } from "roomline/server";
import { createEchoRoom } from "../engine/rooms.ts";
import { browserTest } from "./browser-test.ts";

const pageText = (
  target: string,
) => `<!doctype html><html lang="en"><link rel="icon" href="data:," />
<script type="module">
  import { connect } from "/roomline.js";
  connect("${target}", { clientId: "page", connectTimeoutMs: 1500 }).then(
    () => (document.title = "live"),
    (error) => (document.title = error.message),
  );
</script></html>`;

browserTest(
  "WS-2: a page that is refused for its origin is told which option is to name it",
  async (it) => {
    const folder = mkdtempSync(join(tmpdir(), "roomline-origin-"));
    const rooms = { echo: createEchoRoom() };
    const host = "127.0.0.1";
    const authenticate = () => ({ clientId: "page" });
    const game = await createServer({ rooms, host, port: 0, authenticate, log: silentLog });
    writeFileSync(join(folder, "index.html"), pageText(`ws://${game.address}`));
    const pages = await createServer({ rooms, host, port: 0, staticDir: folder });
    it.t.after(async () => {
      await Promise.all([game.close(), pages.close()]);
      rmSync(folder, { recursive: true });
    });
    // What it asks of another server, and is refused, is what this is about.
    const expected = [new RegExp(game.address)];
    const page = await it.open(`http://${pages.address}/`, { expected });
    await page.waitForFunction("document.title !== ''");
    const told = await page.title();
    assert.match(
      told,
      new RegExp(`refuses pages of the origin http://${pages.address}; .*allowedOrigins`),
    );
  },
);
