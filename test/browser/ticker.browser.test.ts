import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { browserTest, photograph, type BrowserTest } from "./browser-test.ts";
import { startGames } from "./demo-server.ts";

/** Waits until JavaScript in the page is true. */
const until = (page: Page, what: string) => page.waitForFunction(what, undefined, { polling: 50 });

/** JavaScript for a number that the page shows. */
const shown = (selector: string) =>
  `Number(document.querySelector(${JSON.stringify(selector)}).textContent.replaceAll(",", ""))`;
const number = (name: string) => shown(`[data-number=${name}]`);

/** Opens the page and waits for the first prices. */
async function openTicker(it: BrowserTest): Promise<Page> {
  const { origin } = await startGames(it.t);
  const page = await it.open(`${origin}/ticker/`);
  await until(page, `document.querySelectorAll("#quotes tr").length === 12`);
  return page;
}

/** What a browser says of a server that is gone for a while. */
const gone = [/ERR_CONNECTION_REFUSED/];

/** How many of the chart's pixels are not empty. */
const inkOf = (page: Page): Promise<number> =>
  page.evaluate(`(() => {
    const { width, height } = document.querySelector("#chart canvas");
    const copy = new OffscreenCanvas(width, height).getContext("2d");
    copy.drawImage(document.querySelector("#chart canvas"), 0, 0);
    const { data } = copy.getImageData(0, 0, width, height);
    let ink = 0;
    for (let index = 3; index < data.length; index += 4) if (data[index] > 0) ink++;
    return ink;
  })()`);

browserTest("ticker: prices change, the chart draws what is chosen", async (it) => {
  const page = await openTicker(it);
  const price = page.locator(`#quotes tr[data-symbol="AURA"] .price`);
  const before = await price.innerText();
  await until(
    page,
    `document.querySelector("#quotes .price").innerText !== ${JSON.stringify(before)}`,
  );
  await until(page, `${number("made")} > 600 && ${number("received")} > 200`);
  await page.getByRole("button", { name: "HALO" }).click();
  await page.locator("#chart-title", { hasText: "HALO" }).waitFor();
  const early = await inkOf(page);
  await page.waitForTimeout(2_000);
  const later = await inkOf(page);
  assert.ok(later > early && early > 1_000, `${early}, then ${later} pixels`);
  await photograph(page, "ticker");
});

browserTest(
  "ticker: the slider merges more moves into each price, and none is lost",
  async (it) => {
    const page = await openTicker(it);
    await until(page, `${number("received")} > 200`);
    await page.locator("#rate").fill("1");
    await page.locator("#rate-text", { hasText: "2 a second" }).waitFor();
    await until(page, `${number("received")} > 0 && ${number("received")} < 60`);
    await until(page, `${number("merged")} > 20`);
    await until(page, `${number("made")} > 600`);
    await page.locator("#rate").fill("5");
    await until(page, `${number("received")} > 200`);
  },
);

browserTest(
  "ticker: the watch shows each trade once, over its own cut and the seat's",
  async (it) => {
    const page = await openTicker(it);
    await until(page, `${shown("#seen")} > 20`);
    const cursor = await page.locator("#cursor").innerText();
    await page.locator("#cut-watch").click();
    await page.locator("#watch-state", { hasText: "cut off" }).waitFor();
    await page.locator("#watch-state", { hasText: "live" }).waitFor();
    await page.locator("#trades .replayed").first().waitFor();
    assert.notEqual(await page.locator("#cursor").innerText(), cursor);

    await page.locator("#cut").click();
    await page.locator("#state", { hasText: "cut off" }).waitFor();
    const seen: number = await page.evaluate(shown("#seen"));
    await page.locator("#state", { hasText: "live" }).waitFor();
    await until(page, `${shown("#seen")} > ${seen + 60}`);
    await until(page, `${number("received")} > 200`);
    assert.equal(await page.locator("#missed").innerText(), "0");
    assert.equal(await page.locator("#doubled").innerText(), "0");
  },
);

browserTest("ticker: a slow browser goes down the ladder, and comes back up", async (it) => {
  const page = await openTicker(it);
  await until(page, `${shown("#seen")} > 20`);
  await page.locator("#slow").click();
  await page.locator(`[data-step="wait"].taken`).waitFor();
  await page.locator(`[data-step="hold"].taken`).waitFor();
  const seen: number = await page.evaluate(shown("#seen"));
  await until(page, `${shown("#seen")} > ${seen + 40}`);
  await page.locator("#slow").click();
  await until(page, `!document.querySelector("[data-step=hold]").classList.contains("taken")`);
  await until(page, `!document.querySelector("[data-step=wait]").classList.contains("taken")`);
  await until(page, `${number("received")} > 200`);
});

browserTest(
  "ticker: a server that begins anew: the page comes back, and counts anew",
  async (it) => {
    const { server, origin } = await startGames(it.t);
    const page = await it.open(`${origin}/ticker/`, { expected: gone });
    await until(page, `${shown("#seen")} > 100 && ${number("received")} > 200`);
    await server.close();
    await page.locator("#state", { hasText: "cut off" }).waitFor();
    await startGames(it.t, [], server.port);
    await page.locator("#state", { hasText: "live" }).waitFor();
    await page.locator("#watch-state", { hasText: "live" }).waitFor();
    const seen: number = await page.evaluate(shown("#seen"));
    await until(page, `${shown("#seen")} > ${seen + 60}`);
    await until(page, `${number("received")} > 200`);
    assert.equal(await page.locator("#missed").innerText(), "0");
    assert.equal(await page.locator("#doubled").innerText(), "0");
  },
);
