import assert from "node:assert/strict";
import { browserTest } from "./browser-test.ts";
import { serveFields, soon } from "./field-pages.ts";

browserTest(
  "Vue, Svelte and Solid show a row of one seat, as often as it changes, and leave it",
  async (it) => {
    const { rooms, origin, connections } = await serveFields(it, "frameworks.tsx");
    const page = await it.open(origin);
    const names = ["vue", "svelte", "solid"] as const;
    const shows = (name: string) => page.locator(`#${name}`).textContent();
    const changes = (): number => rooms.changes.get("one/ship 7") ?? 0;
    await soon(async () => {
      for (const name of names) assert.ok(Number(await shows(name)) > 5, `${await shows(name)}`);
    });
    rooms.isMoving = false;
    await soon(async () => {
      for (const name of names) assert.equal(await shows(name), `${changes()}`);
    });
    const shown = await page.evaluate<Record<string, number>>("notes.shown");
    // First without a row, then for each change.
    for (const name of names)
      assert.ok((shown[name] ?? 0) <= 2 + changes(), `${name}: ${shown[name]} of ${changes()}`);
    assert.deepEqual(rooms.calls, ["join one"], "one seat for all three");
    assert.deepEqual(await connections(), { opened: 1, open: 1 });
    await page.evaluate("notes.stop()");
    await soon(async () => {
      assert.deepEqual(rooms.calls, ["join one", "leave one"]);
      assert.equal((await connections()).open, 0);
    });
  },
);
