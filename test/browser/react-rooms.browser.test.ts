import assert from "node:assert/strict";
import { browserTest } from "./browser-test.ts";
import { notesOf, serveFields, shown, soon } from "./field-pages.ts";
import { shipCount } from "./field-room.ts";

browserTest(
  "React: of 200 ships at 20 Hz each is rendered at most once per change, and nobody else is",
  async (it) => {
    const { rooms, origin } = await serveFields(it);
    const page = await it.open(origin);
    await page
      .locator("li")
      .nth(shipCount - 1)
      .waitFor();
    await soon(async () => {
      const { renders } = await notesOf(page);
      assert.ok((renders["ship 7"] ?? 0) > 8, `${renders["ship 7"]}`);
    });
    rooms.isMoving = false;
    await soon(async () => {
      const now = await shown(page);
      for (const [name, x] of Object.entries(now))
        assert.equal(x, rooms.changes.get(`one/${name}`) ?? 0, name);
    });
    const { renders, fieldRenders, listRenders, heard } = await notesOf(page);
    assert.equal(Object.keys(renders).length, shipCount);
    // Rendered first with the row that is there, then for changes alone.
    const tooOften = Object.entries(renders).filter(
      ([name, count]) => count > 1 + (rooms.changes.get(`one/${name}`) ?? 0),
    );
    assert.deepEqual(tooOften, []);
    const changes = [...rooms.changes.values()].reduce((sum, count) => sum + count, 0);
    assert.ok(changes >= 8 * shipCount, `${changes} changes`);
    assert.ok(fieldRenders <= 3, `connecting, live, seated: ${fieldRenders}`);
    assert.ok(listRenders <= fieldRenders + 1, `the one that lists the ships: ${listRenders}`);
    const published = rooms.published.get("one") ?? 0;
    assert.deepEqual(
      heard,
      Array.from({ length: heard.length }, (_, index) => published - heard.length + index + 1),
    );
  },
);

browserTest(
  "React: StrictMode makes one connection and one join; another room, and no room, are others",
  async (it) => {
    const { rooms, origin, connections } = await serveFields(it);
    const page = await it.open(`${origin}/?strict`);
    await page
      .locator("li")
      .nth(shipCount - 1)
      .waitFor();
    assert.equal(await page.locator("#status").textContent(), "live active");
    assert.deepEqual(await connections(), { opened: 1, open: 1 });
    assert.deepEqual(rooms.calls, ["join one"]);
    assert.equal((await notesOf(page)).mounts, 2, "StrictMode has mounted it twice");

    await page.evaluate("notes.setRoom('two')");
    await soon(async () => {
      assert.deepEqual([...rooms.calls].sort(), ["join one", "join two", "leave one"]);
      assert.equal(await page.locator("#status").textContent(), "live active");
    });
    const { statuses } = await notesOf(page);
    assert.equal(statuses.at(-1), "two active");

    await page.evaluate("notes.setShown(false)");
    await soon(() => {
      assert.equal(rooms.calls.at(-1), "leave two");
    });
    await page.evaluate("notes.setShown(true)");
    await page
      .locator("li")
      .nth(shipCount - 1)
      .waitFor();
    const joins = rooms.calls.filter((call) => call === "join two");
    assert.equal(joins.length, 2, rooms.calls.join());
    assert.equal((await notesOf(page)).mounts, 4);
    assert.equal(rooms.calls.at(-1), "join two");
    assert.deepEqual(await connections(), { opened: 1, open: 1 }, "it is the same one");
  },
);

browserTest(
  "React: the rooms of a lobby, made, joined and left, while somebody looks",
  async (it) => {
    const { origin } = await serveFields(it);
    const page = await it.open(`${origin}/?strict&lobby`);
    const rooms = page.locator("#rooms");
    const shows = (text: string) => soon(async () => assert.equal(await rooms.textContent(), text));
    await shows("one: 1");
    await rooms.click();
    await shows("one: 1, made here: 0");
    await page.evaluate("notes.setRoom('made here')");
    await shows("one: 0, made here: 1");
    const { lobbyRenders } = await notesOf(page);
    assert.ok(lobbyRenders < 40, `rendered for what has changed in the list: ${lobbyRenders}`);
  },
);
