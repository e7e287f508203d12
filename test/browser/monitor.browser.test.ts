import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Page } from "playwright-core";
import { createServer, type Server, type ServerOptions } from "roomline/server";
import { arenaRoom } from "../../examples/arena/room.ts";
import { chat } from "../../examples/chat/contract.ts";
import { chatRoom } from "../../examples/chat/room.ts";
import { startArenaBot } from "../../examples/start/arena-bot.ts";
import { connectBot } from "../../examples/start/bot.ts";
import { browserTest, photograph } from "./browser-test.ts";
import { proxyBelowPath } from "./proxy-below-path.ts";

/** A server with an arena and chat rooms; it ends with the test. */
async function serve(t: TestContext, options: Partial<ServerOptions> = {}): Promise<Server> {
  const server = await createServer({
    host: "127.0.0.1",
    port: 0,
    rooms: { arena: arenaRoom, chat: chatRoom },
    ...options,
  });
  t.after(() => server.close());
  return server;
}

/** Ships that fly in the arena until the test ends. */
async function fly(t: TestContext, server: Server, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const ship = await startArenaBot(server.address, name);
    t.after(async () => {
      ship.stop();
      await ship.client.close();
    });
  }
}

/** Somebody in the lobby, with what was said and how the seat ended. */
async function chatter(t: TestContext, server: Server, name: string) {
  const { client, network } = await connectBot(server.address, name);
  t.after(() => client.close());
  const session = await client.join(chat, { roomType: "chat", roomId: "lobby" });
  const said: string[] = [];
  const ends: string[] = [];
  session.on("said", ({ text }) => said.push(text));
  session.onClose(({ reason }) => ends.push(reason.name));
  return { network, session, said, ends };
}

const monitorOf = (server: Server) => `http://${server.address}/monitor/`;
const row = (page: Page, text: string) =>
  page.getByRole("row").filter({ has: page.getByText(text, { exact: true }) });
const drawer = (page: Page, name: string) => page.getByRole("dialog", { name });
const journal = (page: Page, kind: string) => page.locator(`.journal li[data-kind="${kind}"]`);
const isLive = (page: Page) => page.locator(".link.live").waitFor();

browserTest("monitor: numbers, charts and tables are live", async (it) => {
  const server = await serve(it.t);
  await fly(it.t, server, ["comet", "wren"]);
  await chatter(it.t, server, "ann");
  const page = await it.open(`http://${server.address}/monitor`);
  await isLive(page);
  assert.match(page.url(), /\/monitor\/$/, "the path without the slash leads here");
  await page.locator('[data-tile="connections"]', { hasText: /^3$/ }).waitFor();
  await page.locator('[data-tile="messagesOut"]', { hasText: /^[1-9]/ }).waitFor();
  await row(page, "arena").getByText("30 Hz").waitFor();
  assert.equal(await page.locator(".chart canvas").count(), 10);
  await page.keyboard.press("2");
  await row(page, "ann:1").or(page.getByText(/^ann:/)).first().waitFor();
  await page.keyboard.press("3");
  await page.getByRole("row").filter({ hasText: "comet" }).getByText("grpc").waitFor();
  // The second sample of a connection has rates.
  await page.getByRole("row").filter({ hasText: "comet" }).getByText("KiB/s").first().waitFor();
  await photograph(page, "monitor");
});

browserTest("monitor: a client that is cut is in the journal, and so is its resume", async (it) => {
  const server = await serve(it.t);
  const ann = await chatter(it.t, server, "ann");
  const page = await it.open(monitorOf(server));
  await journal(page, "joined").filter({ hasText: "ann" }).waitFor();
  ann.network.cut(300);
  await journal(page, "detached").filter({ hasText: "ann" }).waitFor();
  await journal(page, "resumed")
    .filter({ hasText: "ann" })
    .filter({ hasText: "recovered" })
    .waitFor();
  // Filters: by kind, and by word.
  await page.getByRole("group", { name: "Kinds" }).getByRole("button", { name: "resumed" }).click();
  await journal(page, "detached").waitFor({ state: "detached" });
  await page.getByLabel("Filter the journal").fill("nobody");
  await page.getByText("Nothing matches.").waitFor();
});

browserTest("monitor: a journal that is held stands still and counts what comes", async (it) => {
  const server = await serve(it.t);
  const page = await it.open(monitorOf(server));
  await isLive(page);
  await page.getByRole("button", { name: "Pause" }).click();
  await chatter(it.t, server, "ann");
  await page.getByRole("button", { name: /Resume · [1-9]\d* new/ }).waitFor();
  assert.equal(await journal(page, "joined").count(), 0);
  await page.getByRole("button", { name: /^Resume/ }).click();
  await journal(page, "joined").filter({ hasText: "ann" }).waitFor();
});

browserTest("monitor: a room is looked into, published to, and a player kicked", async (it) => {
  const server = await serve(it.t);
  const ann = await chatter(it.t, server, "ann");
  const bob = await chatter(it.t, server, "bob");
  // What the server refuses is an answer with status 400.
  const page = await it.open(monitorOf(server), { expected: [/Publish/, /status of 400/] });
  await row(page, "lobby").click();
  const room = drawer(page, "lobby");
  await room.locator('[data-table="members"]').getByText("bob").first().waitFor();

  const payload = room.getByLabel("Payload, as JSON");
  await payload.fill('{"name": ');
  await room.getByRole("alert").waitFor();
  assert.equal(await room.getByRole("button", { name: "Publish" }).isDisabled(), true);
  await payload.fill('{"name": "operator"}');
  await room.getByRole("button", { name: "Publish" }).click();
  await room.getByRole("alert").filter({ hasText: "text" }).waitFor();
  await payload.fill('{"name": "operator", "text": "hello from the monitor"}');
  await room.getByRole("button", { name: "Publish" }).click();
  await page.getByText(/^said is event \d+ of lobby\.$/).waitFor();
  await room.locator(".events").getByText("hello from the monitor").waitFor();
  assert.deepEqual(ann.said, ["hello from the monitor"]);

  await room.getByRole("button", { name: "Kick bob" }).click();
  await page.getByRole("heading", { name: "Kick bob?" }).waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  assert.equal(bob.session.status, "active", "nothing is done without a yes");
  await room.getByRole("button", { name: "Kick bob" }).click();
  await page.locator("dialog").getByRole("button", { name: "Kick" }).click();
  await page.getByText("bob was kicked from lobby.").waitFor();
  await room.getByRole("button", { name: "Kick bob" }).waitFor({ state: "detached" });
  assert.deepEqual(bob.ends, ["kicked"]);
  await photograph(page, "monitor-room");
});

browserTest(
  "monitor: a connection is closed and its client comes back; a room is closed for good",
  async (it) => {
    const server = await serve(it.t);
    const ann = await chatter(it.t, server, "ann");
    const page = await it.open(monitorOf(server), { expected: [/WatchRoom/, /status of 404/] });
    await isLive(page);
    await page.keyboard.press("3");
    await page.getByRole("row").filter({ hasText: "ann" }).click();
    await drawer(page, "ann").getByRole("button", { name: "Close", exact: true }).click();
    await page.locator("dialog").getByRole("button", { name: "Close", exact: true }).click();
    await page.getByText("The connection of ann is closed.").waitFor();
    await journal(page, "resumed").filter({ hasText: "ann" }).waitFor();
    assert.deepEqual(ann.ends, []);

    await page.keyboard.press("Escape");
    await drawer(page, "ann").waitFor({ state: "detached" });
    await page.keyboard.press("1");
    await row(page, "lobby").click();
    await drawer(page, "lobby").getByRole("button", { name: "Close room" }).click();
    await page.locator("dialog").getByRole("button", { name: "Close the room" }).click();
    await page.getByText("lobby is closed.").waitFor();
    await page.getByText("No rooms yet.").waitFor();
    assert.deepEqual(ann.ends, ["room-closed"]);
  },
);

browserTest("monitor: the keyboard does it all", async (it) => {
  const server = await serve(it.t);
  await fly(it.t, server, ["comet"]);
  await chatter(it.t, server, "ann");
  const page = await it.open(monitorOf(server));
  await row(page, "lobby").waitFor();
  await page.keyboard.press("?");
  await page.getByRole("heading", { name: "Keys" }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await page.keyboard.type("lob");
  await row(page, "arena").waitFor({ state: "detached" });
  await page.keyboard.press("Enter");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await drawer(page, "lobby").waitFor();
  await page.keyboard.press("Escape");
  await drawer(page, "lobby").waitFor({ state: "detached" });
  // The focus is back where it was.
  await page.waitForFunction('document.activeElement.getAttribute("role") === "grid"');
  const theme = () => page.evaluate("document.documentElement.dataset.theme");
  const before = await theme();
  await page.keyboard.press("t");
  assert.notEqual(await theme(), before);
});

browserTest("monitor: a server with an admin token is asked for it, once in a tab", async (it) => {
  const server = await serve(it.t, { adminToken: "open sesame" });
  const page = await it.open(monitorOf(server), { expected: [/WatchStats/, /status of 401/] });
  const token = page.getByLabel("Admin token");
  await token.fill("guess");
  await page.getByRole("button", { name: "Open" }).click();
  await page.getByText("The admin token is wrong.").waitFor();
  await token.fill("open sesame");
  await page.getByRole("button", { name: "Open" }).click();
  await isLive(page);
  assert.ok(!page.url().includes("sesame"));
  await page.reload();
  await isLive(page);
  const other = await it.open(monitorOf(server), { expected: [/WatchStats/, /status of 401/] });
  await other.getByLabel("Admin token").waitFor();
});

browserTest("monitor: where admin is off, the page says what to do", async (it) => {
  const server = await serve(it.t, { authenticate: ({ token }) => ({ clientId: token }) });
  const page = await it.open(monitorOf(server), { expected: [/WatchStats/, /status of 403/] });
  await page.getByText("start the server with an adminToken").waitFor();
});

browserTest(
  "monitor: a page nobody sees asks for less, and for all again when it is seen",
  async (it) => {
    const server = await serve(it.t);
    const page = await it.open(monitorOf(server));
    await isLive(page);
    for (const hidden of [true, false]) {
      const asked = page.waitForRequest(/WatchStats$/);
      await page.evaluate(`
      Object.defineProperty(document, "hidden", { configurable: true, get: () => ${hidden} });
      document.dispatchEvent(new Event("visibilitychange"));`);
      await asked;
    }
    await isLive(page);
  },
);

browserTest("monitor: behind a proxy, below a path of its own", async (it) => {
  const server = await serve(it.t);
  await chatter(it.t, server, "ann");
  const page = await it.open(`${await proxyBelowPath(it.t, server)}/ops/monitor`);
  await isLive(page);
  assert.match(page.url(), /\/ops\/monitor\/$/);
  await row(page, "lobby").waitFor();
});

browserTest("monitor: a server is drained after a yes, and the page tells it", async (it) => {
  const server = await serve(it.t);
  // Each goes after a random part of the time, and the server with the last: one alone may be gone before the page is told.
  for (const name of ["ann", "ben", "cleo", "dan"]) await chatter(it.t, server, name);
  const page = await it.open(monitorOf(server), { expected: [/./] });
  await isLive(page);
  await page.getByRole("button", { name: "Drain" }).click();
  await page.getByRole("heading", { name: "Drain this server?" }).waitFor();
  await page.keyboard.press("Escape");
  assert.equal(server.usage.connections, 4, "Escape is no yes");
  await page.getByRole("button", { name: "Drain" }).click();
  await page.locator("dialog").getByRole("button", { name: "Drain" }).click();
  await page.getByText("Draining has begun.").waitFor();
  await page.locator(".top").getByText("draining").waitFor();
});

browserTest("monitor: a server that goes and comes back finds the page waiting", async (it) => {
  const server = await serve(it.t);
  const page = await it.open(monitorOf(server), { expected: [/./] });
  await isLive(page);
  await server.close();
  await page.locator(".link.lost").getByText("reconnecting").waitFor();
  const again = await serve(it.t, { port: server.port });
  await fly(it.t, again, ["comet"]);
  await isLive(page);
  await page.locator('[data-tile="connections"]', { hasText: /^1$/ }).waitFor();
});
