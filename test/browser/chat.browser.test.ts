import assert from "node:assert/strict";
import { browserTest, photograph, readyToType } from "./browser-test.ts";
import { chatPage, startChatBot, startChatServer, visitor } from "./chat-page.ts";
import { openCuttableWay } from "./cuttable-way.ts";

/** What the browser itself says of connections that cannot be made while the way is cut. */
const refused = [/WebSocket connection to .* failed/];

browserTest(
  "chat: two pages and a bot over gRPC; one page is cut; every message once, in order",
  async (it) => {
    const server = await startChatServer(it.t);
    const way = await openCuttableWay(it.t, server.port);
    const bot = await startChatBot(it.t, server, "lobby");
    const ben = chatPage(
      await it.open(`http://${server.address}/chat/`, { before: visitor("Ben", ["lobby"]) }),
    );
    await ben.field.waitFor();
    const ann = chatPage(
      await it.open(`${way.origin}/chat/`, {
        before: visitor("Ann", ["lobby"]),
        expected: refused,
      }),
    );
    await ann.field.waitFor();
    await ben.shows("Ann joined");

    await ben.field.pressSequentially("one");
    await ann.shows("Ben is typing…");
    await ben.field.press("Enter");
    await ann.say("two");
    await ann.page.locator(".said [data-status=sent]").waitFor();
    await ben.shows("two");
    await bot.session.send("say", { text: "three" });
    await ann.shows("three");
    assert.equal(
      await ann.page.getByText("is typing…").count(),
      0,
      "what is said is no longer typed",
    );

    way.cut();
    await ann.shows("You are offline.");
    await ann.say("from offline");
    await ann.page.locator(".said.pending [data-status=sending]").waitFor();
    for (const text of ["four", "five", "six"]) await bot.session.send("say", { text });
    await ben.say("seven");
    await ben.shows("seven");
    assert.ok(!(await ann.texts()).includes("four"), "it was not cut");
    await photograph(ann.page, "chat-offline");
    way.mend();
    await ann.page
      .getByText(/^Back after .* s: caught up 4 messages, nothing is missing\.$/)
      .waitFor();
    assert.equal(await ann.page.getByText("You are offline.").count(), 0);
    await ann.shows("New");
    await bot.session.send("say", { text: "eight" });
    for (const it of [ann, ben]) await it.shows("eight");
    await ann.page.locator(".said.pending").waitFor({ state: "detached" });
    await photograph(ann.page, "chat-back");

    const all = ["one", "two", "three", "four", "five", "six", "seven", "from offline", "eight"];
    assert.deepEqual(bot.heard, all);
    assert.deepEqual(await ann.texts(), all);
    assert.deepEqual(await ben.texts(), all);
  },
);

browserTest(
  "chat: rooms in the background count what is unread, or stand still; the button cuts",
  async (it) => {
    const server = await startChatServer(it.t);
    const bot = await startChatBot(it.t, server, "games");
    await bot.session.send("say", { text: "history" });
    const ann = chatPage(
      await it.open(`http://${server.address}/chat/`, {
        before: visitor("Ann", ["lobby", "games"]),
      }),
    );
    const { page } = ann;
    await ann.room("games").waitFor();
    await page.getByLabel("Message to lobby").waitFor();
    for (const text of ["g1", "g2"]) await bot.session.send("say", { text });
    await page.getByRole("button", { name: "games 2 unread messages" }).click();
    await page.getByLabel("Message to games").waitFor();
    assert.deepEqual(await ann.texts(), ["history", "g1", "g2"]);
    await ann.shows("New");

    await page.getByLabel("Pause rooms in the background").check();
    await ann.room("lobby").click();
    await page.getByRole("button", { name: "games paused" }).waitFor();
    for (const text of ["g3", "g4"]) await bot.session.send("say", { text });
    await page.keyboard.press("Alt+ArrowDown");
    await ann.shows("2 messages waited here while you were away.");
    assert.deepEqual(await ann.texts(), ["history", "g1", "g2", "g3", "g4"]);

    await page.getByRole("button", { name: "Cut my connection" }).click();
    await page.getByText(/You cut the connection; it is mended in \d s\./).waitFor();
    for (let n = 1; n <= 40; n++) await bot.session.send("say", { text: `missed ${n}` });
    await page.getByText(/caught up 40 messages, nothing is missing/).waitFor();
    await page.getByRole("button", { name: "Jump to what you missed" }).click();
    await page.getByText("missed 1", { exact: true }).waitFor();
    await page.getByRole("button", { name: "To the newest" }).click();
    await page.getByRole("button", { name: "To the newest" }).waitFor({ state: "detached" });
  },
);

browserTest(
  "chat: one who reads further up stays there, and is told of what is new",
  async (it) => {
    const server = await startChatServer(it.t);
    const bot = await startChatBot(it.t, server, "lobby");
    for (let n = 1; n <= 45; n++) await bot.session.send("say", { text: `old ${n}` });
    const ann = chatPage(
      await it.open(`http://${server.address}/chat/`, { before: visitor("Ann", ["lobby"]) }),
    );
    const { page } = ann;
    await ann.shows("old 45");
    const log = page.getByRole("log");
    const scrollTop = () =>
      log.evaluate((box) => (box as unknown as { scrollTop: number }).scrollTop);
    assert.ok((await scrollTop()) > 200, "it begins at the end");
    await log.focus();
    await page.keyboard.press("Home");
    // Browsers go there smoothly.
    await page.waitForFunction(`document.querySelector(".log").scrollTop === 0`);
    await page.getByRole("button", { name: "To the newest" }).waitFor();
    for (const text of ["new 1", "new 2"]) await bot.session.send("say", { text });
    await page.getByRole("button", { name: "2 new messages" }).waitFor();
    assert.equal(await scrollTop(), 0, "the reader was moved");
    await page.getByRole("button", { name: "2 new messages" }).click();
    await page.getByRole("button", { name: "2 new messages" }).waitFor({ state: "detached" });
    await bot.session.send("say", { text: "new 3" });
    await ann.shows("new 3");
    assert.ok((await scrollTop()) > 200);
  },
);

browserTest(
  "chat: a newcomer picks a name with the keyboard; it is kept, and can be changed",
  async (it) => {
    const server = await startChatServer(it.t);
    const page = await it.open(`http://${server.address}/chat/#den`);
    await page.getByRole("heading", { name: "Come in" }).waitFor();
    await photograph(page, "chat-welcome");
    await readyToType(page);
    await page.keyboard.type("Cleo");
    await page.keyboard.press("Enter");
    await page.getByLabel("Message to den").waitFor();
    await page.reload();
    const cleo = chatPage(page);
    await page.getByLabel("Message to den").waitFor();
    assert.equal(await page.getByText("Cleo (you)").count(), 1);

    await page.getByRole("button", { name: "Rename" }).click();
    await page.getByLabel("Your name").fill("Cleopatra");
    await page.keyboard.press("Enter");
    await page.getByText("Cleopatra (you)").waitFor();
    await cleo.say("first");
    await cleo.shows("first");
    await cleo.room("den").waitFor();
    await page.getByLabel("Join or open a room").fill("attic");
    await page.keyboard.press("Enter");
    await page.getByLabel("Message to attic").waitFor();
    await page.getByRole("button", { name: "Leave" }).click();
    await cleo.room("attic").waitFor({ state: "detached" });
  },
);

browserTest("chat: on a phone, rooms and members come when asked for", async (it) => {
  const server = await startChatServer(it.t);
  const page = await it.open(`http://${server.address}/chat/`, {
    before: visitor("Ann", ["lobby", "games"]),
  });
  await page.setViewportSize({ width: 390, height: 844 });
  const ann = chatPage(page);
  await page.getByLabel("Message to lobby").waitFor();
  await ann.room("games").waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Rooms" }).click();
  await ann.room("games").waitFor();
  await photograph(page, "chat-rooms");
  await page.setViewportSize({ width: 390, height: 844 });
  await ann.room("games").click();
  await page.getByLabel("Message to games").waitFor();
  await ann.room("games").waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "1 here" }).click();
  await page.getByText("Ann (you)").waitFor();
  await page.keyboard.press("Escape");
  await page.getByText("Ann (you)").waitFor({ state: "hidden" });
  const isTooWide = await page.evaluate("document.documentElement.scrollWidth > innerWidth");
  assert.equal(isTooWide, false);
});

browserTest(
  "chat: a server that begins anew has forgotten the room; the page says so, and goes on",
  async (it) => {
    const first = await startChatServer(it.t);
    const ann = chatPage(
      await it.open(`http://${first.address}/chat/`, {
        before: visitor("Ann", ["lobby"]),
        expected: refused,
      }),
    );
    const { page } = ann;
    await page.getByLabel("Message to lobby").waitFor();
    await ann.say("before");
    await page.locator(".said [data-status=sent]").waitFor();
    await first.close();
    await ann.shows("You are offline.");
    const second = await startChatServer(it.t, first.port);
    const bot = await startChatBot(it.t, second, "lobby");
    await ann.shows("Your seat was gone. You have a new one.");
    await page.getByText("You are offline.").waitFor({ state: "detached" });
    await ann.say("after");
    await page.locator(".said.pending").waitFor({ state: "detached" });
    await bot.session.send("say", { text: "welcome back" });
    await ann.shows("welcome back");
    assert.deepEqual(await ann.texts(), ["before", "after", "welcome back"]);
    await page.getByText("Ann (you)").waitFor();
    await photograph(page, "chat-anew");
  },
);
