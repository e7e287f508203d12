import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "roomline/client";
import { defineContract, json } from "roomline/contract";
import { createServer, defineRoom } from "roomline/server";
import { z } from "zod";
import { browserTest } from "./browser-test.ts";

const counter = defineContract({
  inputs: { add: json(z.object({ by: z.number() })) },
  events: { milestone: json(z.object({ total: z.number(), by: z.string() })) },
  state: { totals: json(z.object({ total: z.number() })) },
});

/** The room of the README. */
const counterRoom = defineRoom(counter, {
  create: (room) => void room.state.totals.set("all", { total: 0 }),
  onInput: {
    add(room, player, { by }) {
      const row = room.state.totals.get("all");
      if (row === undefined) return;
      row.total += by;
      if (row.total % 10 === 0) room.publish("milestone", { total: row.total, by: player.id });
    },
  },
});

/** What the README tells people to put into a page, as it stands there. */
function readmePage(): string {
  const [, script = ""] = /```html\n([\s\S]*?)```/.exec(readFileSync("README.md", "utf8")) ?? [];
  assert.match(script, /roomline\.js/);
  return `<!doctype html><html lang="en"><title>counter</title><link rel="icon" href="data:," />${script}</html>`;
}

browserTest("README: the page without a bundler works as it is written", async (it) => {
  const staticDir = mkdtempSync(join(tmpdir(), "roomline-readme-"));
  writeFileSync(join(staticDir, "index.html"), readmePage());
  const server = await createServer({
    host: "127.0.0.1",
    port: 0,
    rooms: { counter: counterRoom },
    staticDir,
  });
  it.t.after(async () => {
    await server.close();
    rmSync(staticDir, { recursive: true });
  });
  const page = await it.open(`http://${server.address}/`);
  const title = (text: string) => page.waitForFunction(`document.title === "${text}"`);
  await title("0");
  const milestone = page.waitForEvent("console", (message) => message.text().includes("made it"));
  await page.click("html");
  await title("1");
  const bob = await connect(server.address, { clientId: "bob" });
  const session = await bob.join(counter, { roomType: "counter" });
  await session.send("add", { by: 9 });
  await title("10");
  assert.equal((await milestone).text(), "bob made it 10");
  await bob.close();
});
