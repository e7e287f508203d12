import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { TestContext } from "node:test";
import type { Page } from "playwright-core";
import { connect } from "roomline/client";
import { defineContract, json } from "roomline/contract";
import type { Layout, Preset } from "../../create-roomline/src/choices.ts";
import { soon } from "./field-pages.ts";

/** Where a started project has its page and its server. */
export interface Started {
  readonly url: string;
  /** HOST:PORT */
  readonly server: string;
}

/** What a watcher of the arena wants to know. */
const coins = defineContract({
  state: { coins: json<{ x: number; y: number }>(), ships: json<{ x: number }>() },
});

/** Two pages, until each has seen what the other did. */
type Play = (open: () => Promise<Page>, started: Started) => Promise<readonly Page[]>;

export const plays: Readonly<Record<Preset, Play>> = {
  async chat(open) {
    const [ann, bob] = [await open(), await open()];
    const say = async (page: Page, text: string) => {
      await page.locator("#send:enabled").waitFor();
      await page.getByPlaceholder("Say something").fill(text);
      await page.keyboard.press("Enter");
    };
    await say(ann, "is somebody there?");
    await bob.locator("#lines .said", { hasText: "is somebody there?" }).waitFor();
    await say(bob, "yes");
    await ann.locator("#lines .said", { hasText: "yes" }).waitFor();
    await ann.locator("#members li").nth(1).waitFor();
    // A page that is reloaded goes on: nothing is told twice, nothing is missed, and nobody has left.
    const name = await ann.locator("#me").textContent();
    await ann.reload();
    await say(bob, "still there?");
    await ann.locator("#lines .said", { hasText: "still there?" }).waitFor();
    const heard = await ann.locator("#lines .mine, #lines .said").allTextContents();
    assert.deepEqual(
      heard.map((text) => /is somebody there\?|yes|still there\?/.exec(text)?.[0]),
      ["is somebody there?", "yes", "still there?"],
    );
    assert.equal(await ann.locator("#me").textContent(), name);
    assert.equal(await bob.locator("#lines .note", { hasText: "left" }).count(), 0);
    // A tab that is duplicated, with a copy of all that was kept, is somebody else.
    const opening = ann.context().waitForEvent("page");
    await ann.evaluate("void window.open(location.href)");
    const twin = await opening;
    await bob.locator("#members li").nth(2).waitFor();
    assert.notEqual(await twin.locator("#me").textContent(), name);
    assert.equal(await ann.locator("#connection[data-state=live]").count(), 1);
    await twin.close();
    return [ann, bob];
  },

  async arena(open, { server }) {
    const [ann, bob] = [await open(), await open()];
    for (const page of [ann, bob]) await page.locator("#scores li").nth(1).waitFor();
    const name = (await ann.locator("#me").textContent()) ?? "";
    // Somebody who only looks knows where the coins are; the player flies to one by the mouse.
    const watcher = await connect(server, { clientId: "watcher" });
    const session = await watcher.join(coins, { roomType: "arena" });
    await new Promise((resolve) => session.onState(resolve));
    const [coin] = session.state.coins.values();
    const box = await ann.locator("#field").boundingBox();
    assert.ok(coin !== undefined && box !== null);
    await ann.mouse.move(
      box.x + (coin.x / 1_000) * box.width,
      box.y + (coin.y / 1_000) * box.height,
    );
    await ann.mouse.down();
    const hers = bob.locator("#scores li", { hasText: name }).locator("b");
    await hers.filter({ hasText: /[1-9]/ }).waitFor();
    await ann.mouse.up();
    // A page that is reloaded has its ship and its score, and steers it as before.
    const places = () => session.state.ships.get(name);
    await ann.reload();
    await ann.locator("#scores .mine b").filter({ hasText: /[1-9]/ }).waitFor();
    assert.equal(await ann.locator("#me").textContent(), name);
    const { x = 0 } = places() ?? {};
    const key = x > 500 ? "a" : "d";
    await ann.keyboard.down(key);
    await soon(() => assert.ok(Math.abs((places()?.x ?? x) - x) > 50, "it does not fly"));
    await ann.keyboard.up(key);
    await watcher.close();
    return [ann, bob];
  },

  async "turn-based"(open) {
    const [ann, bob] = [await open(), await open()];
    const drop = async (page: Page, column: number) => {
      await page.locator("#message", { hasText: "Your turn" }).waitFor();
      await page.locator("#board button").nth(column).click();
    };
    for (const column of [0, 1, 2]) {
      await drop(ann, column);
      await drop(bob, column);
    }
    // A reload in the middle of a game comes back to it.
    await ann.reload();
    await drop(ann, 3);
    await ann.locator("#message", { hasText: "You have won!" }).waitFor();
    await bob.locator("#message", { hasText: "You have lost." }).waitFor();
    assert.equal(await bob.locator("#board .wins").count(), 4);
    return [ann, bob];
  },

  async stream(open) {
    const ann = await open();
    await ann.locator("#ask:enabled").waitFor();
    await ann.getByPlaceholder("Ask something").fill("What is a room?");
    await ann.keyboard.press("Enter");
    const words = async (page: Page, least: number) =>
      page.waitForFunction(`Number.parseInt(account.textContent) >= ${least}`);
    await words(ann, 30);
    await ann.reload();
    await words(ann, 60);
    // A second tab of the same address.
    const bob = await ann.context().newPage();
    await bob.goto(ann.url());
    await words(bob, 70);
    for (const page of [ann, bob]) await page.locator("#answers .done").waitFor();
    const [text, again] = await Promise.all(
      [ann, bob].map((page) => page.locator("#answers p").textContent()),
    );
    assert.equal(text, again);
    assert.match(text ?? "", /What is a room\?.*put your own model into model\.ts\.$/);
    assert.match((await ann.locator("#account").textContent()) ?? "", /, 0 missed, 0 doubled$/);
    return [ann, bob];
  },
};

export const opened: Readonly<Record<Layout, RegExp>> = {
  server: /listening on (\S+),[\s\S]*your pages: (http:\/\/\S+\/)/,
  vite: /listening on (\S+),[\s\S]*Local:\s+(http:\/\/\S+\/)/,
};
/** The same of one with tokens, whose server is a program of its own. */
export const openedWithTokens = /Server:\s+http:\/\/(\S+)\/[\s\S]*Local:\s+(http:\/\/\S+\/)/;

/** A server that starts again comes back at the same port. */
export function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  return new Promise((resolve) =>
    server.once("listening", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    }),
  );
}

/** Says how long something took, and that it was not too long. */
export function assertInTime(t: TestContext, beganMs: number, secondsMax: number): void {
  const seconds = (performance.now() - beganMs) / 1_000;
  t.diagnostic(`${seconds.toFixed(1)} s`);
  assert.ok(seconds < secondsMax, `${seconds.toFixed(1)} s`);
}
