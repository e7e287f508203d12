// The monitor page of a server of several processes: real ones.
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { AdminService } from "../../shared/gen/roomline/v1/admin_pb.ts";
import { chat } from "../../examples/chat/contract.ts";
import { startArenaBot } from "../../examples/start/arena-bot.ts";
import { connectBot } from "../../examples/start/bot.ts";
import { startRoomline } from "../cli/spawn-roomline.ts";
import { browserTest, photograph } from "./browser-test.ts";

/** A server of two workers, which end with the test; with their processes, oldest first. */
async function serve(t: TestContext): Promise<{ readonly address: string; pids(): number[] }> {
  const local = ["--host", "127.0.0.1", "--port", "0", "--drain-timeout", "0"];
  const running = startRoomline(["serve", ...local, "--workers", "2"]);
  let log = "";
  running.child.stdout?.on("data", (text: string) => (log += text));
  t.after(async () => {
    running.child.kill("SIGTERM");
    await running.ended;
  });
  const [, address = ""] = await running.said(/listening on (\S+) .*, 2 workers/);
  return {
    address,
    pids: () => [...log.matchAll(/"pid":(\d+),"msg":"worker runs"/g)].map(([, pid]) => Number(pid)),
  };
}

async function chatter(t: TestContext, address: string, name: string) {
  const { client } = await connectBot(address, name);
  t.after(() => client.close());
  const session = await client.join(chat, { roomType: "chat", roomId: "lobby" });
  const ends: string[] = [];
  session.onClose(({ reason }) => ends.push(reason.name));
  return { session, ends };
}

/** Players in the lobby, until there are some at both nodes: sockets go to the less busy one. */
async function crowd(t: TestContext, address: string) {
  const baseUrl = `http://${address}`;
  const admin = createClient(
    AdminService,
    createConnectTransport({ httpVersion: "1.1", baseUrl, useBinaryFormat: false }),
  );
  const players = new Map<string, Awaited<ReturnType<typeof chatter>>>();
  for (;;) {
    const { connections } = await admin.listConnections({});
    const nodes = connections.map(({ node }) => node);
    const counts = [...new Set(nodes)].map((node) => nodes.filter((one) => one === node).length);
    if (counts.length === 2 && Math.min(...counts) >= 2) return { players, connections };
    const name = `player-${players.size + 1}`;
    assert.ok(players.size < 100, `connections by node: ${counts.join(", ")}`);
    players.set(name, await chatter(t, address, name));
  }
}

const tile = (page: Page, name: string, text: RegExp) =>
  page.locator(`[data-tile="${name}"]`, { hasText: text }).waitFor();
const row = (page: Page, text: string) =>
  page.getByRole("row").filter({ has: page.getByText(text, { exact: true }) });
const only = (count: number) => new RegExp(`^${count}$`);
const choice = (page: Page) => page.getByLabel("Node", { exact: true });

/** Waits until the tab has this name in front. */
async function titled(page: Page, name: string): Promise<void> {
  for (let tries = 0; !(await page.title()).startsWith(name); tries++) {
    assert.ok(tries < 200, await page.title());
    await sleep(50);
  }
}

/** The column of the node, of all rows that are shown. */
async function nodesShown(page: Page): Promise<string[]> {
  const shown = page.locator(".tables td .node-name");
  await shown.first().waitFor();
  return [...new Set(await shown.allTextContents())].sort();
}

browserTest("monitor: of several nodes all are shown, or the one that is chosen", async (it) => {
  const { address } = await serve(it.t);
  const { players } = await crowd(it.t, address);
  const ship = await startArenaBot(address, "comet");
  it.t.after(async () => {
    ship.stop();
    await ship.client.close();
  });
  const total = players.size + 1;
  const page = await it.open(`http://${address}/monitor/`);
  for (const name of ["connections", "sessions"]) await tile(page, name, only(total));
  await tile(page, "messagesOut", /^[1-9]/);
  await titled(page, "2 nodes");
  const [, one = "", other = ""] = await choice(page).getByRole("option").allTextContents();
  await row(page, "lobby").waitFor();
  await page.keyboard.press("3");
  await row(page, "player-1").waitFor();
  assert.deepEqual(await nodesShown(page), [one, other].sort(), "connections of both");
  const told = page.locator(".journal li .node-name");
  await told.first().waitFor();
  const titles = await Promise.all((await told.all()).map((name) => name.getAttribute("title")));
  assert.deepEqual([...new Set(titles)].sort(), [one, other].sort());
  await page.keyboard.press("1");
  await photograph(page, "monitor-nodes");

  // By the keyboard: the fourth table, the first of the nodes.
  await page.keyboard.press("4");
  await row(page, one).getByText("healthy").waitFor();
  await row(page, other).getByText("healthy").waitFor();
  await page.locator(".tables").scrollIntoViewIfNeeded();
  await photograph(page, "monitor-node-table");
  await page.locator(".tables .table-scroll").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await row(page, other).getByText("not shown").waitFor();
  assert.equal(await choice(page).inputValue(), one);
  await page.keyboard.press("3");
  const shown = await page.locator(".tables tbody tr").count();
  assert.ok(shown > 0 && shown < total, `${shown} connections at one of two nodes`);
  await tile(page, "connections", only(shown));
  assert.equal(await page.locator(".tables td .node-name").count(), 0, "it would say nothing new");
  await page.locator(".tables").scrollIntoViewIfNeeded();
  await photograph(page, "monitor-node-chosen");

  await page.keyboard.press("n");
  assert.equal(await page.evaluate("document.activeElement.tagName"), "SELECT");
  await choice(page).selectOption(other);
  await tile(page, "connections", only(total - shown));
  await choice(page).selectOption("");
  await tile(page, "connections", only(total));
});

browserTest(
  "monitor: a room is moved to the other node, and its players stay in it",
  async (it) => {
    const { address } = await serve(it.t);
    const { players } = await crowd(it.t, address);
    const page = await it.open(`http://${address}/monitor/`);
    await row(page, "lobby").click();
    const move = page.getByLabel("Move the room");
    await move.waitFor();
    const [, other = ""] = await move.getByRole("option").allTextContents();
    await photograph(page, "monitor-move-room");
    await move.selectOption(other);
    await page.getByRole("button", { name: "Move the room", exact: true }).click();
    await page.getByText(`lobby is at ${other}.`).waitFor();
    const heard = [...players.values()].map(
      ({ session }) => new Promise((resolve) => session.on("said", ({ text }) => resolve(text))),
    );
    await players.get("player-1")?.session.send("say", { text: "still here" });
    assert.deepEqual(new Set(await Promise.all(heard)), new Set(["still here"]));
    assert.ok([...players.values()].every(({ ends }) => ends.length === 0));
  },
);

browserTest("monitor: connections at any node are closed, players of any kicked", async (it) => {
  const { address } = await serve(it.t);
  const { players, connections } = await crowd(it.t, address);
  /** The first and the second player at each node. */
  const nodes = [...new Set(connections.map(({ node }) => node))];
  const [first, second] = [0, 1].map((index) =>
    nodes.map(
      (node) => connections.filter((one) => one.node === node)[index]?.clientId ?? "nobody",
    ),
  );
  const page = await it.open(`http://${address}/monitor/`);
  await page.keyboard.press("3");
  for (const name of first ?? []) {
    await row(page, name).click();
    const drawer = page.getByRole("dialog", { name, exact: true });
    await drawer.getByRole("button", { name: "Forbid" }).click();
    await page.locator("dialog").getByRole("button", { name: "Turn away" }).click();
    await page.getByText(`${name} was turned away.`).waitFor();
    await page.keyboard.press("Escape");
    assert.deepEqual(players.get(name)?.ends, ["forbidden"]);
  }
  await tile(page, "connections", only(players.size - 2));
  await page.keyboard.press("1");
  await row(page, "lobby").click();
  const room = page.getByRole("dialog", { name: "lobby" });
  await room.getByText("node", { exact: true }).waitFor();
  for (const name of second ?? []) {
    await room.getByRole("button", { name: `Kick ${name}`, exact: true }).click();
    await page.locator("dialog").getByRole("button", { name: "Kick" }).click();
    await page.getByText(`${name} was kicked from lobby.`).waitFor();
    await room
      .getByRole("button", { name: `Kick ${name}`, exact: true })
      .waitFor({ state: "detached" });
    assert.deepEqual(players.get(name)?.ends, ["kicked"]);
  }
});

browserTest(
  "monitor: a node that dies while it is shown leaves the page with all others",
  async (it) => {
    const server = await serve(it.t);
    const { address } = server;
    const page = await it.open(`http://${address}/monitor/`, { expected: [/./] });
    await choice(page).waitFor();
    const [, one = ""] = await choice(page).getByRole("option").allTextContents();
    await choice(page).selectOption(one);
    await titled(page, one);
    const [first = 0] = server.pids();
    process.kill(first, "SIGKILL");
    await page.locator(".link.live").waitFor();
    await choice(page).locator("option", { hasText: one }).waitFor({ state: "detached" });
    await titled(page, "2 nodes");
    assert.equal(await choice(page).inputValue(), "");
  },
);
