import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Locator, Page } from "playwright-core";
import { createServer, defineRoom, type Server, type ServerOptions } from "roomline/server";
import { defineContract, json } from "roomline/contract";
import * as z from "zod";
import { arenaRoom } from "../../examples/arena/room.ts";
import { chatRoom } from "../../examples/chat/room.ts";
import { startArenaBot } from "../../examples/start/arena-bot.ts";
import { browserTest, photograph } from "./browser-test.ts";
import { proxyBelowPath } from "./proxy-below-path.ts";
import { cafeRoom } from "./playground-rooms.ts";

/** A server with an arena (protobuf), chats and a café (JSON); it ends with the test. */
async function serve(t: TestContext, options: Partial<ServerOptions> = {}): Promise<Server> {
  const server = await createServer({
    host: "127.0.0.1",
    port: 0,
    rooms: { cafe: cafeRoom, chat: chatRoom, arena: arenaRoom },
    ...options,
  });
  t.after(() => server.close());
  return server;
}

const playground = ({ address }: Server, link = ""): string =>
  `http://${address}/playground/${link}`;
/** The players there are, and one of them by how its name begins. */
const players = (page: Page): Locator => page.locator("[data-player]");
const player = (page: Page, name: string): Locator => page.locator(`[data-player^="${name}"]`);
const standing = (one: Locator, ...words: readonly string[]): Promise<void> =>
  one.locator(".standing .standing", { hasText: new RegExp(`^${words.join("")}$`) }).waitFor();
const part = (one: Locator, name: string): Locator =>
  one.getByRole("region", { name, exact: true });
const form = (one: Locator, kind: string): Locator => one.getByRole("form", { name: kind });
const event = (one: Locator, kind: string): Locator =>
  part(one, "Events").locator(`li[data-kind="${kind}"]`);

browserTest("playground: forms of a contract, faults, replies, presence and code", async (it) => {
  const server = await serve(it.t);
  const page = await it.open(`http://${server.address}/playground`);
  await page.getByRole("button", { name: "Join cafe" }).click();
  const ada = player(page, "ada");
  await standing(ada, "live", "active", "FRESH");

  const order = form(ada, "order");
  await order.getByLabel("drink").selectOption("coffee");
  await order.getByLabel("cups").fill("0");
  await order.getByRole("button", { name: "Request" }).click();
  const fault = order.getByRole("alert").filter({ hasText: /\S/ });
  assert.match(await fault.innerText(), /1/);
  assert.equal(await order.getByLabel("cups").getAttribute("aria-invalid"), "true");
  assert.equal(await event(ada, "ordered").count(), 0, "what has a fault is not sent");
  await order.getByRole("button", { name: "Add to wishes" }).click();
  await order.getByLabel("0 text").fill("hot");
  await order.getByLabel("Give to").check();
  await order.getByLabel("table").fill("7");
  await order.getByLabel("cups").fill("2");
  await page.keyboard.press("Enter");
  await order.getByText("answered in").getByText('{"price":5}').waitFor();
  await event(ada, "ordered").getByText('"drink":"coffee"').waitFor();
  await part(ada, "State").locator('[data-table="bills"]').getByText("coffee").waitFor();
  await part(ada, "Changes of the state").getByText('{"cups":2,"last":"coffee"}').waitFor();
  // What the room has against it: with its code, its reason and its line.
  await order.getByLabel("cups").fill("9");
  await page.keyboard.press("Enter");
  await order.getByText("refused too-few-cups There are four cups.").waitFor();

  // As JSON what is in the form, and what the server has against it beside the field it is about.
  await order.getByRole("button", { name: "JSON" }).click();
  const raw = order.getByRole("textbox", { name: "JSON" });
  const typed = { drink: "coffee", cups: 9, wishes: ["hot"], to: { table: 7 } };
  assert.deepEqual(JSON.parse(await raw.inputValue()), typed);
  await raw.fill('{"drink":');
  await page.keyboard.press("Control+Enter");
  await order
    .getByText("JSON", { exact: false })
    .getByText("position")
    .or(order.getByText("Unexpected end"))
    .waitFor();
  await raw.fill(JSON.stringify({ ...typed, cups: 99 }));
  await page.keyboard.press("Control+Enter");
  await order.getByText("invalid-payload cups:").waitFor();
  await order.getByRole("button", { name: "Form" }).click();
  assert.equal(await order.getByLabel("cups").inputValue(), "99");

  // Presence, with a form of its own.
  await ada.getByRole("button", { name: "presence" }).click();
  await form(ada, "presence").getByLabel("name").fill("Ada");
  await page.keyboard.press("Enter");
  await part(ada, "Members").getByText('{"name":"Ada","status":"here"}').waitFor();

  // The same call as code.
  const code = page.getByRole("tabpanel");
  await code.getByText("setPresence").waitFor();
  for (const [tab, words] of [
    ["Python", "player.connect()"],
    ["curl", "To join, to send inputs"],
    ["grpcurl", "-plaintext -d @"],
  ] as const) {
    await page.getByRole("tab", { name: tab, exact: true }).click();
    await code.getByText(words).first().waitFor();
  }
  await page.keyboard.press("ArrowLeft");
  await page.getByRole("tab", { name: "curl", exact: true, selected: true }).waitFor();
  await photograph(page, "playground-cafe");
});

browserTest("playground: players on networks of their own see each other", async (it) => {
  const server = await serve(it.t);
  const comet = await startArenaBot(server.address, "comet");
  it.t.after(async () => {
    comet.stop();
    await comet.client.close();
  });
  const link = "#type=chat&room=lobby&options=%7B%22name%22%3A%22Ann%22%7D&player=ada&player=ben";
  const page = await it.open(playground(server, link));
  const [ada, ben] = [player(page, "ada"), player(page, "ben")];
  await Promise.all([ada, ben].map((one) => standing(one, "live", "active", "FRESH")));
  const say = async (text: string): Promise<void> => {
    await form(ada, "say").getByRole("textbox").fill(JSON.stringify({ text }));
    await page.keyboard.press("Control+Enter");
  };
  await say("hello");
  await event(ben, "said").getByText('"text":"hello"').waitFor();
  await part(ben, "State").getByText("Ann 2").waitFor();

  // A bad network for one of them, at once.
  await ben.getByLabel("Network").selectOption("custom");
  await ben.getByLabel("Conditions").fill("latencyMs=400");
  await page.keyboard.press("Tab");
  await say("slow");
  await event(ada, "said").getByText("slow").waitFor();
  assert.equal(await event(ben, "said").getByText("slow").count(), 0, "it is still under way");
  await event(ben, "said").getByText("slow").waitFor();
  await ben.getByLabel("Conditions").fill("trian");
  await page.keyboard.press("Tab");
  await ben.getByText('there is no network "trian". Did you mean "train"?').waitFor();
  await ben.getByLabel("Network").selectOption("");

  // Cut: what was said meanwhile comes, and the verdict says that nothing is lost.
  await ben.getByRole("button", { name: "Cut" }).click();
  await standing(ben, "resuming", "detached", "FRESH");
  await say("while you were away");
  await standing(ben, "live", "active", "RECOVERED");
  await event(ben, "said").getByText("while you were away").waitFor();
  await ben.getByRole("button", { name: "Pause" }).click();
  await standing(ben, "live", "paused", "RECOVERED");
  await say("paused");
  await event(ada, "said").getByText("paused").waitFor();
  assert.equal(await event(ben, "said").getByText("paused").count(), 0);
  await ben.getByRole("button", { name: "Resume" }).click();
  await event(ben, "said").getByText("paused").waitFor();
  await part(ben, "Events").getByRole("button", { name: "said" }).click();
  await event(ben, "said").first().waitFor({ state: "detached" });

  // Another room for both, of protobuf; a cell that changes is told field by field.
  await page.getByRole("button", { name: "Join arena" }).click();
  await Promise.all([ada, ben].map((one) => standing(one, "live", "active", "FRESH")));
  await form(ada, "steer").getByLabel("dx").fill("1");
  await page.keyboard.press("Enter");
  await form(ada, "steer").getByText("applied in").waitFor();
  const row = part(ben, "State").locator('[data-row^="ada"]');
  await row.locator('[data-field="x"] .flash').first().waitFor();
  await part(ben, "Changes of the state")
    .locator(".changed")
    .getByText("heading")
    .first()
    .waitFor();
  await part(ben, "Changes of the state").getByRole("button", { name: "Hold" }).click();
  await photograph(page, "playground-arena");
});

browserTest("playground: a link is a room with its players, also after a reload", async (it) => {
  const server = await serve(it.t);
  const page = await it.open(playground(server, "#type=cafe&player=ada&player=ben&network=wifi"));
  const [ada, ben] = [player(page, "ada"), player(page, "ben")];
  await standing(ben, "live", "active", "FRESH");
  await page.waitForFunction("/&room=/.test(location.hash)");
  await form(ada, "order").getByRole("button", { name: "Request" }).click();
  await event(ben, "ordered").waitFor();
  const before = page.url();
  await page.reload();
  await standing(ada, "live", "active", "RECOVERED");
  await standing(ben, "live", "active", "RECOVERED");
  assert.equal(page.url(), before);
  assert.equal(await ben.getByLabel("Network").inputValue(), "wifi");

  // The same link in another tab: the same room, and players of its own.
  const other = await it.open(before);
  await standing(player(other, "ben"), "live", "active", "FRESH");
  await part(ada, "Members").locator('[data-member^="ben"]').nth(1).waitFor();
  await other.close();

  await ben.getByLabel("Name of the player").fill("bob");
  await page.keyboard.press("Enter");
  await standing(player(page, "bob"), "live", "active", "FRESH");
  await player(page, "bob").getByRole("button", { name: "Leave" }).click();
  await standing(player(page, "bob"), "live");
  await player(page, "bob").getByRole("button", { name: "Join", exact: true }).click();
  await standing(player(page, "bob"), "live", "active", "FRESH");
  await page.locator("body").press("a");
  await players(page).nth(2).waitFor();
  await page.getByRole("button", { name: /^Remove ben/ }).click();
  await players(page).nth(2).waitFor({ state: "detached" });
  assert.match(page.url(), /player=ada&client=bob&network=wifi$/);

  // A kick tells why.
  const [roomId = ""] = (await server.rooms()).map((room) => room.roomId);
  await server.room(roomId).kick("bob", "Closing time.");
  await player(page, "bob").getByRole("alert").getByText("Closing time.").waitFor();
});

browserTest(
  "playground: the server goes away, and comes back with another contract",
  async (it) => {
    const server = await serve(it.t);
    const page = await it.open(playground(server, "#type=cafe&room=corner&player=ada"), {
      expected: [/./],
    });
    const ada = player(page, "ada");
    await standing(ada, "live", "active", "FRESH");
    await server.close();
    await page.getByText("The server cannot be reached. This page comes back by itself.").waitFor();
    await page.locator(".link.lost").waitFor();
    const contract = defineContract({
      inputs: { tip: json(z.object({ coins: z.int() })) },
      events: { tipped: json(z.object({ coins: z.int() })) },
    });
    const room = defineRoom(contract, {
      onInput: { tip: (room, _player, { coins }) => void room.publish("tipped", { coins }) },
    });
    await serve(it.t, { port: server.port, rooms: { cafe: room } });
    await form(ada, "tip").getByLabel("coins").fill("3");
    await page.keyboard.press("Enter");
    await event(ada, "tipped").getByText('{"coins":3}').waitFor();
  },
);

browserTest("playground: not in dev mode, but for operators, who are asked first", async (it) => {
  const authenticate: NonNullable<ServerOptions["authenticate"]> = ({ token }) => {
    return { clientId: token === "guest" ? "guest" : "" };
  };
  const closed = await serve(it.t, { authenticate });
  assert.equal((await fetch(playground(closed))).status, 404);

  const server = await serve(it.t, { authenticate, adminToken: "open sesame" });
  const page = await it.open(playground(server, "#type=cafe&player=ada"), {
    expected: [/DescribeRoomTypes/, /WatchRooms/, /status of 401/],
  });
  await page.getByLabel("Admin token").fill("open sesame");
  await page.getByRole("button", { name: "Open" }).click();
  const ada = player(page, "ada");
  await ada.getByRole("alert").getByText("unauthenticated").waitFor();
  await ada.getByLabel("Token of this player").fill("guest");
  await page.keyboard.press("Enter");
  await standing(ada, "live", "active", "FRESH");
  await ada.getByText("is guest").waitFor();
  assert.ok(!/sesame|guest/.test(page.url()));
});

browserTest("playground: from another machine, below a path of a proxy", async (it) => {
  const server = await serve(it.t);
  const origin = await proxyBelowPath(it.t, server, "192.0.2.7");
  const page = await it.open(`${origin}/ops/playground/#type=cafe&player=ada`, {
    // Whoever is on another machine is no operator, and is asked for nothing in dev mode.
    expected: [/DescribeRoomTypes/, /status of 403/],
  });
  await standing(player(page, "ada"), "live", "active", "FRESH");
  await page.getByRole("tabpanel").getByText("/ops").first().waitFor();
});
