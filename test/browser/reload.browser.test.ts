import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { browserTest } from "./browser-test.ts";
import { notesOf, serveFields, shown, soon } from "./field-pages.ts";
import { shipCount, type FieldRooms } from "./field-room.ts";

const isLive = (page: Page) =>
  soon(async () => assert.equal(await page.locator("#status").textContent(), "live active"));

/** What a tab has heard and sent in its life, whatever became of its pages. */
async function lifeOf(page: Page) {
  const { clientId } = await notesOf(page);
  const read = (key: string) =>
    page.evaluate<string>(`sessionStorage.getItem(${JSON.stringify(key)}) ?? ""`);
  const heard = (await read(`heard by ${clientId}`)).trim().split(" ").map(Number);
  return { clientId, heard, sent: Number(await read(`sent by ${clientId}`)) };
}

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** Lets everything come to rest, and sees to it that nothing was lost or doubled, either way. */
async function assertWhole(page: Page, rooms: FieldRooms): Promise<void> {
  await page.evaluate("notes.isSending = false");
  rooms.isMoving = false;
  await soon(async () => {
    const { clientId, heard, sent } = await lifeOf(page);
    const [first = 0] = heard;
    assert.deepEqual(heard, numbers(first, rooms.published.get("one") ?? 0));
    assert.deepEqual(rooms.added.get(clientId), numbers(1, sent));
  });
  await soon(async () => {
    for (const [name, x] of Object.entries(await shown(page)))
      assert.equal(x, rooms.changes.get(`one/${name}`) ?? 0, name);
  });
}

browserTest(
  "a page that is reloaded goes on: 0 lost, 0 doubled, its state as it is",
  async (it) => {
    const { rooms, origin, connections } = await serveFields(it);
    const page = await it.open(`${origin}/?persist`);
    await page
      .locator("li")
      .nth(shipCount - 1)
      .waitFor();
    const { clientId } = await notesOf(page);
    const reloads = 8;
    for (let reload = 0; reload < reloads; reload++) {
      // Some at once after the other, some while everything flows.
      if (reload % 2 === 0) {
        const { heard } = await lifeOf(page);
        await soon(async () => assert.ok((await lifeOf(page)).heard.length > heard.length + 10));
      }
      await page.reload();
      await isLive(page);
      const notes = await notesOf(page);
      assert.equal(notes.clientId, clientId);
      assert.deepEqual(notes.verdicts, ["recovered"]);
    }
    await assertWhole(page, rooms);
    assert.ok((await lifeOf(page)).heard.length > 40);
    assert.deepEqual(
      rooms.calls,
      ["join one", ...numbers(1, reloads).flatMap(() => ["drop one", "resume one"])],
      "one seat all the time",
    );
    assert.deepEqual(await connections(), { opened: reloads + 1, open: 1 });
  },
);

for (const [way, before] of [
  ["by a lock", ""],
  [
    "by asking, where a page has no locks",
    "Object.defineProperty(navigator, 'locks', { value: undefined })",
  ],
] as const) {
  browserTest(`a tab that is duplicated is a client of its own: ${way}`, async (it) => {
    const { rooms, origin, connections } = await serveFields(it);
    const page = await it.open(`${origin}/?persist`, { before });
    await isLive(page);
    const { clientId } = await notesOf(page);
    const opening = page.context().waitForEvent("page");
    // A tab that a page opens has a copy of its sessionStorage, as one that is duplicated has.
    await page.evaluate("void window.open(location.href)");
    const twin = await opening;
    assert.ok(
      await twin.evaluate<boolean>(
        "Object.keys(sessionStorage).some((key) => key.startsWith('roomline:'))",
      ),
    );
    await isLive(twin);
    const other = await notesOf(twin);
    assert.notEqual(other.clientId, clientId);
    assert.deepEqual(other.verdicts, ["fresh"]);
    assert.equal(await page.locator("#status").textContent(), "live active");
    assert.deepEqual(await connections(), { opened: 2, open: 2 });

    for (const [tab, id] of [
      [twin, other.clientId],
      [page, clientId],
    ] as const) {
      await tab.reload();
      await isLive(tab);
      const notes = await notesOf(tab);
      assert.equal(notes.clientId, id, "each is who it was");
      assert.deepEqual(notes.verdicts, ["recovered"]);
    }
    await assertWhole(page, rooms);
    await assertWhole(twin, rooms);
    assert.ok(!rooms.calls.some((call) => call.startsWith("leave")));
  });
}
