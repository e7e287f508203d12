import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { browserTest, photograph, type BrowserTest } from "./browser-test.ts";
import { startGames } from "./demo-server.ts";

interface Shown {
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

/** The ships as the page draws them at this moment, by name. */
async function shipsOn(page: Page): Promise<Map<string, Shown>> {
  const shown: Shown[] = await page.evaluate(
    "arena.ships().map(({ name, pose }) => ({ name, x: pose.x, y: pose.y }))",
  );
  return new Map(shown.map((ship) => [ship.name, ship]));
}

/** Waits until JavaScript in the page is true. */
const until = (page: Page, what: string) => page.waitForFunction(what, undefined, { polling: 50 });

/** Opens the page as Ann, and waits until she has a seat. */
async function openArena(it: BrowserTest, origin: string): Promise<Page> {
  const page = await it.open(`${origin}/arena/?name=Ann`);
  await until(page, "globalThis.arena !== undefined");
  return page;
}

/** A number of the overlay. */
const numberOn = async (page: Page, name: string): Promise<number> =>
  Number(await page.locator(`dd [data-number="${name}"]`).textContent());

/** How far a ship is drawn from where it was. */
function wayOf(name: string, before: Map<string, Shown>, after: Map<string, Shown>): number {
  const [from, to] = [before.get(name), after.get(name)];
  assert.ok(from !== undefined && to !== undefined, `${name} is not drawn`);
  return Math.hypot(to.x - from.x, to.y - from.y);
}

browserTest(
  "arena: it is drawn, the player steers, the others fly, the board fills",
  async (it) => {
    const { origin } = await startGames(it.t, ["comet", "wren", "pixel"]);
    const page = await openArena(it, origin);
    await until(page, "arena.ships().length === 4 && arena.session.state.coins.size > 0");
    const before = await shipsOn(page);
    // Away from the wall that is nearer.
    const isLeft = (before.get("Ann")?.x ?? 0) < 500;
    await page.keyboard.down(isLeft ? "KeyD" : "ArrowLeft");
    await until(page, `Math.abs(arena.ships().at(-1).pose.x - ${before.get("Ann")?.x}) > 60`);
    await page.keyboard.up(isLeft ? "KeyD" : "ArrowLeft");
    const after = await shipsOn(page);
    assert.ok(
      Math.abs((after.get("Ann")?.y ?? 0) - (before.get("Ann")?.y ?? 0)) < 5,
      "straight on",
    );
    const flown = ["comet", "wren", "pixel"].filter((name) => wayOf(name, before, after) > 5);
    assert.ok(flown.length >= 2, "others fly");
    // Where the page draws the ship, the server has it, too.
    await until(
      page,
      `(() => {
      const [own, row] = [arena.ships().at(-1).pose, arena.session.state.players.get(arena.session.playerId)];
      return Math.hypot(own.x - row.x, own.y - row.y) < 1;
    })()`,
    );
    const colors: number = await page.evaluate(`(() => {
    const canvas = document.querySelector("#field");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  })()`);
    assert.ok(colors > 200, `${colors} colours on the canvas`);
    await until(page, `document.querySelectorAll("#leaders li").length === 4`);
    assert.match(await page.locator("#leaders .own").innerText(), /Ann/);
    await photograph(page, "arena");
  },
);

browserTest("arena: the pointer steers as well, on a phone too", async (it) => {
  const { origin } = await startGames(it.t);
  const page = await openArena(it, origin);
  await page.setViewportSize({ width: 390, height: 844 });
  await until(page, "arena.ships().length === 1");
  const before = (await shipsOn(page)).get("Ann");
  // The field is larger than the phone; what is pressed is towards its middle.
  await page.mouse.move(195, (before?.y ?? 0) < 500 ? 640 : 260);
  await page.mouse.down();
  await until(page, `Math.abs(arena.ships().at(-1).pose.y - ${before?.y}) > 30`);
  await page.mouse.up();
  await until(
    page,
    `(() => {
    const { x, y } = arena.ships().at(-1).pose;
    const stands = globalThis.last?.x === x && globalThis.last?.y === y;
    globalThis.last = { x, y };
    return stands;
  })()`,
  );
});

browserTest("arena: a cut heals by itself, in numbers", async (it) => {
  const { server, origin } = await startGames(it.t, ["comet", "wren"]);
  const page = await openArena(it, origin);
  await until(page, "arena.session.position.cursor > 0");
  const seatsBefore = server.usage.sessions;
  await page.keyboard.press("KeyC");
  await until(page, `arena.client.state === "resuming"`);
  await page.locator("#notice.bad", { hasText: "Cut off" }).waitFor();
  await until(page, `arena.client.state === "live" && arena.session.status === "active"`);
  const news = await page.locator("#notice.good").innerText();
  assert.match(news, /^Back after \d+\.\d s: \d+ events? replayed, 0 missed, 0 doubled\.$/);
  assert.equal(server.usage.sessions, seatsBefore, "the same seat");
  const tick = await numberOn(page, "tick");
  await until(
    page,
    `Number(document.querySelector("dd [data-number=tick]").textContent) > ${tick + 20}`,
  );
});

browserTest("arena: a delay, a pause and a lower rate do what they say", async (it) => {
  const { origin } = await startGames(it.t, ["comet", "wren"]);
  const page = await openArena(it, origin);
  await until(page, "arena.ships().length === 3 && arena.client.rttMs !== undefined");

  await page.locator("#delay").click();
  await until(page, `Number(document.querySelector("dd [data-number=rtt]").textContent) >= 300`);
  await page.locator("#delay").click();
  await until(page, `Number(document.querySelector("dd [data-number=rtt]").textContent) < 300`);

  await page.locator("#rate").click();
  await page.locator("#rate", { hasText: "5 updates/s" }).waitFor();
  await until(
    page,
    `(() => {
    const updates = Number(document.querySelector("dd [data-number=updates]").textContent);
    return updates > 2 && updates < 8;
  })()`,
  );

  await page.keyboard.press("KeyP");
  await page.locator("#state", { hasText: "paused" }).waitFor();
  await until(page, `document.querySelector("dd [data-number=updates]").textContent === "0"`);
  const before = await shipsOn(page);
  await page.waitForTimeout(400);
  assert.deepEqual(await shipsOn(page), before, "nothing moves");
  await page.locator("#pause", { hasText: "Resume" }).click();
  await page.locator("#state", { hasText: "active" }).waitFor();
  await until(page, `Number(document.querySelector("dd [data-number=updates]").textContent) > 2`);
});
