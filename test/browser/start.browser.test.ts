import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { startDemo } from "../examples/program.ts";
import { browserTest, photograph, readyToType } from "./browser-test.ts";

browserTest(
  "start page: leads to every page, lists the rooms, and shows the first room as it is",
  async (it) => {
    const { url } = await startDemo(it.t);
    const origin = `http://${url}`;
    const page = await it.open(`${origin}/`);
    for (const name of ["lobby", "games", "music"])
      await page.getByRole("row", { name: new RegExp(`^${name} chat \\d+ \\d+`) }).waitFor();
    await page.getByText(/^\d+ rooms, \d+ seats taken$/).waitFor();
    await page.getByText("export const counterRoom").waitFor();
    const shown = await page.locator("#first-room").textContent();
    assert.equal(shown, readFileSync("examples/first-room.ts", "utf8").trimEnd());
    await photograph(page, "start");
    await page.setViewportSize({ width: 360, height: 740 });
    assert.equal(await page.evaluate("document.documentElement.scrollWidth > innerWidth"), false);

    for (const name of ["Chat", "Arena", "Ticker", "Monitor", "Playground"]) {
      await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name }).click();
      await page.waitForURL(`${origin}/${name.toLowerCase()}/*`);
      assert.match(await page.title(), new RegExp(name, "i"));
      await page.goto(`${origin}/`);
    }
    await page.getByRole("link", { name: "music" }).click();
    await page.waitForURL(`${origin}/chat/#music`);
    await readyToType(page);
    await page.keyboard.type("Ann");
    await page.keyboard.press("Enter");
    await page.getByLabel("Message to music").waitFor();
  },
);
