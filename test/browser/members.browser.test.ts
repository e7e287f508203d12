import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { defineContract, json } from "roomline/contract";
import { createServer, defineRoom } from "roomline/server";
import { filesIn, sectionOf } from "../printed/printed-code.ts";
import { browserTest, type BrowserTest } from "./browser-test.ts";
import { bundlePage } from "./bundled-page.ts";
import { soon } from "./field-pages.ts";
import { cafe } from "./pages/cafe.ts";

/** What a page of test/browser/pages/members.tsx notes. */
interface Notes {
  readonly renders: Readonly<Record<string, number>>;
  readonly listRenders: number;
  readonly clockRenders: number;
  readonly heard: readonly number[];
  readonly status: string;
}

const notesOf = (page: Page) =>
  page.evaluate<Notes>("({ ...notes, room: undefined, setMood: undefined })");

/** Serves a café, which keeps the seats of those who are away for a second, and whose clock ticks 20 times a second. */
async function serveCafe(it: BrowserTest) {
  const world = { isTicking: false, joins: 0 };
  const room = defineRoom(cafe, {
    tickRateHz: 20,
    resumeWindowMs: 1_000,
    emptyDelayMs: Infinity,
    create: ({ state }) => void state.clock.set("clock", { ticks: 0 }),
    onJoin() {
      world.joins++;
    },
    onTick(room) {
      const clock = room.state.clock.get("clock");
      if (clock === undefined || !world.isTicking) return;
      clock.ticks++;
      room.publish("ticked", clock.ticks);
    },
  });
  const staticDir = await bundlePage(it.t, "test/browser/pages/members.tsx");
  const server = await createServer({
    ...{ host: "127.0.0.1", port: 0, staticDir },
    rooms: { cafe: room },
  });
  it.t.after(() => server.close());
  return { world, origin: `http://${server.address}` };
}

const guestsOf = async (page: Page) =>
  (await page.locator("li").allTextContents()).map((text) => text.split(", "));

browserTest(
  "React: a member is rendered when something in it changes, and nobody else is",
  async (it) => {
    const { world, origin } = await serveCafe(it);
    const ann = await it.open(`${origin}/?mood=fine`);
    const bob = await it.open(`${origin}/`);
    await soon(async () =>
      assert.deepEqual(await guestsOf(ann), [
        ["here", "fine"],
        ["here", "says nothing"],
      ]),
    );
    const [annId = "", bobId = ""] = await ann
      .locator("li")
      .evaluateAll((items) => items.map((item) => (item as { id: string }).id));
    const before = await notesOf(ann);
    for (const mood of ["busy", "busy", "gone"]) {
      await bob.evaluate(`notes.setMood(${JSON.stringify(mood)})`);
      await soon(async () => assert.equal((await guestsOf(ann))[1]?.[1], mood));
    }
    world.isTicking = true;
    await soon(async () => {
      const { clockRenders } = await notesOf(ann);
      assert.ok(clockRenders > before.clockRenders + 5, `${clockRenders} renders of the clock`);
    });
    const after = await notesOf(ann);
    assert.equal(after.renders[bobId], (before.renders[bobId] ?? 0) + 2, "busy, gone");
    assert.equal(after.renders[annId], before.renders[annId]);
    assert.equal(after.listRenders, before.listRenders);
    await bob.close();
    await soon(async () => assert.equal((await guestsOf(ann))[1]?.[0], "away"));
    await soon(async () => assert.equal((await guestsOf(ann)).length, 1));
    assert.equal((await notesOf(ann)).renders[annId], before.renders[annId]);
  },
);

browserTest(
  "a page that is reloaded stays paused, and says again what was said when its seat was lost",
  async (it) => {
    const { world, origin } = await serveCafe(it);
    world.isTicking = true;
    const ann = await it.open(`${origin}/`);
    const bob = await it.open(`${origin}/`);
    const status = (page: Page, wanted: string) =>
      soon(async () => assert.equal((await notesOf(page)).status, wanted));
    await status(ann, "active");
    await ann.evaluate("notes.room.session.setPresence({ mood: 'said before the reload' })");
    await soon(async () => assert.equal((await guestsOf(bob))[0]?.[1], "said before the reload"));
    await ann.evaluate("notes.room.session.pause()");
    const last = (await notesOf(ann)).heard.at(-1) ?? 0;
    await ann.reload();
    await status(ann, "paused");
    assert.deepEqual((await notesOf(ann)).heard, []);
    await ann.evaluate("notes.room.session.resume()");
    await status(ann, "active");
    await soon(async () => {
      const { heard } = await notesOf(ann);
      const [first = 0, ...rest] = heard;
      assert.ok(rest.length > 10, `${rest.length} heard`);
      assert.equal(first, last + 1, "it goes on where it was paused");
      rest.forEach((number, index) => assert.equal(number, first + index + 1));
    });

    const url = ann.url();
    await ann.goto("about:blank");
    await soon(async () => assert.equal((await guestsOf(bob)).length, 1, "its seat is lost"));
    await ann.goto(url);
    await status(ann, "active");
    await soon(async () => assert.equal((await guestsOf(bob))[1]?.[1], "said before the reload"));
    assert.equal(world.joins, 3);
  },
);

browserTest("docs/presence.md: its guests in React see each other", async (it) => {
  // Beside the package, whose names it imports.
  mkdirSync("built", { recursive: true });
  const folder = mkdtempSync(join("built", "guests-"));
  it.t.after(() => rmSync(folder, { recursive: true, force: true }));
  const printed = [
    ...filesIn(sectionOf("docs/presence.md", "## A café")),
    ...filesIn(sectionOf("docs/presence.md", "## In React")),
  ].filter(([name]) => name === "cafe.ts" || name === "Guests.tsx");
  assert.equal(printed.length, 2);
  for (const [name, text] of printed) writeFileSync(join(folder, name), text);
  const entry = join(folder, "main.tsx");
  writeFileSync(
    entry,
    `import { createRoot } from "react-dom/client";
    import { App } from "./Guests.tsx";
    createRoot(document.getElementById("root")!).render(<App />);`,
  );
  const staticDir = await bundlePage(it.t, entry, { jsxImportSource: "react" });
  const contract = defineContract({
    presence: json<{ name: string; status: string }>(),
    inputs: { typing: json() },
    state: { typists: json() },
  });
  const room = defineRoom(contract, { onInput: { typing: () => undefined } });
  const server = await createServer({
    ...{ host: "127.0.0.1", port: 0, staticDir },
    rooms: { cafe: room },
  });
  it.t.after(() => server.close());
  const [ann, bob] = [
    await it.open(`http://${server.address}/`),
    await it.open(`http://${server.address}/`),
  ];
  const shows = (page: Page, lines: readonly string[]) =>
    soon(async () => assert.deepEqual(await page.locator("p").allTextContents(), lines));
  for (const page of [ann, bob]) await shows(page, ["Ada: here", "Ada: here"]);
  await bob.getByRole("button").click();
  for (const page of [ann, bob]) await shows(page, ["Ada: here", "Ada: busy"]);
  await bob.close();
  await shows(ann, ["Ada: here", "Ada: away"]);
});
