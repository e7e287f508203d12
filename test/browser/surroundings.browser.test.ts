import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { createServer } from "roomline/server";
import { eventually } from "../e2e/spawn-server.ts";
import { holdNumbers } from "../watch/numbers-room.ts";
import { browserTest, type BrowserTest } from "./browser-test.ts";

/** A page that notes what its sessions in two rooms hear, and how they and the client fare. */
const pageText = `<!doctype html><html lang="en"><title>numbers</title><link rel="icon" href="data:," />
<script type="module">
  import { connect, defineContract, json } from "/roomline.js";
  const contract = defineContract({ events: { number: json() } });
  const notes = (window.notes = { heard: { a: [], b: [] }, gaps: 0, states: [] });
  const client = await connect({ clientId: "page", pauseWhenHidden: true });
  client.onStateChange((state) => notes.states.push(state));
  for (const roomId of ["a", "b"]) {
    const session = await client.join(contract, { roomId });
    session.on("number", (number) => notes.heard[roomId].push(number));
    session.onGap(() => notes.gaps++);
  }
  document.title = "joined";
</script></html>`;

interface Notes {
  readonly heard: { readonly a: readonly number[]; readonly b: readonly number[] };
  readonly gaps: number;
  readonly states: readonly string[];
}

async function start(it: BrowserTest) {
  const staticDir = mkdtempSync(join(tmpdir(), "roomline-surroundings-"));
  writeFileSync(join(staticDir, "index.html"), pageText);
  const held = holdNumbers();
  const server = await createServer({
    host: "127.0.0.1",
    port: 0,
    rooms: { numbers: held.type },
    staticDir,
  });
  it.t.after(async () => {
    await server.close();
    rmSync(staticDir, { recursive: true });
  });
  for (const roomId of ["a", "b"]) await server.createRoom("numbers", { roomId });
  let last = 0;
  return {
    server,
    /** The next ten numbers, in both rooms. */
    publish() {
      for (let count = 0; count < 10; count++) {
        last++;
        for (const roomId of ["a", "b"]) held.room(roomId).publish("number", last);
      }
    },
    all: () => Array.from({ length: last }, (_, index) => index + 1),
    /** What the server says of the sessions, as an operator would ask. */
    async states(): Promise<string> {
      const url = `http://${server.address}/roomline.v1.AdminService/ListSessions`;
      const headers = { "content-type": "application/json" };
      const response = await fetch(url, { method: "POST", headers, body: "{}" });
      const { sessions = [] } = (await response.json()) as { sessions?: { state: string }[] };
      return sessions.map(({ state }) => state).join();
    },
  };
}

const notesOf = (page: Page) => page.evaluate<Notes>("notes");

/** The page has all numbers, once and in order. */
async function hasAll(page: Page, all: readonly number[]): Promise<void> {
  await page.waitForFunction(
    `["a", "b"].every((room) => notes.heard[room].length >= ${all.length})`,
  );
  const { heard, gaps } = await notesOf(page);
  assert.deepEqual([heard, gaps], [{ a: all, b: all }, 0]);
}

/** Headless Chromium takes every page for visible, in whatever tab or window it is. */
function show(page: Page, state: "visible" | "hidden"): Promise<void> {
  return page.evaluate(`
    Object.defineProperty(document, "visibilityState", { configurable: true, value: "${state}" });
    document.dispatchEvent(new Event("visibilitychange"));
  `);
}

browserTest(
  "pauseWhenHidden: nothing comes while nobody sees the page, then all of it",
  async (it) => {
    const world = await start(it);
    const page = await it.open(`http://${world.server.address}/`);
    await page.waitForFunction(`document.title === "joined"`);
    const sessionsAre = (states: string) =>
      eventually(async () => {
        const now = await world.states();
        return now === states ? undefined : now;
      }, 10_000);
    world.publish();
    await hasAll(page, world.all());
    for (let round = 0; round < 3; round++) {
      await show(page, "hidden");
      await sessionsAre("paused,paused");
      const before = await notesOf(page);
      world.publish();
      await page.evaluate("new Promise((resolve) => setTimeout(resolve, 200))");
      assert.deepEqual(await notesOf(page), before, "nothing came");
      await show(page, "visible");
      await sessionsAre("active,active");
      await hasAll(page, world.all());
    }
    assert.deepEqual((await notesOf(page)).states, [], "the connection stood all the time");
  },
);

browserTest(
  "a browser that goes offline and online again: the page is back at once, with every event once",
  async (it) => {
    const world = await start(it);
    const page = await it.open(`http://${world.server.address}/`, {
      expected: [/WebSocket connection to .* failed/, /ERR_INTERNET_DISCONNECTED/],
    });
    await page.waitForFunction(`document.title === "joined"`);
    world.publish();
    await hasAll(page, world.all());
    for (let round = 1; round <= 2; round++) {
      const { states } = await notesOf(page);
      await page.context().setOffline(true);
      await page.waitForFunction(`notes.states.length > ${states.length}`);
      world.publish();
      // Long enough that the next try of a client that heard nothing of the network would come late.
      await page.evaluate("new Promise((resolve) => setTimeout(resolve, 3_000))");
      const sinceMs = performance.now();
      await page.context().setOffline(false);
      await hasAll(page, world.all());
      const tookMs = Math.round(performance.now() - sinceMs);
      it.t.diagnostic(`back after ${tookMs} ms`);
      assert.ok(tookMs < 1_000, `back after ${tookMs} ms`);
    }
  },
);
