import assert from "node:assert/strict";
import { createServer } from "roomline/server";
import { arenaRoom } from "../../examples/arena/room.ts";
import { startArenaBot } from "../../examples/start/arena-bot.ts";
import { createDiceRoom, dice } from "../replay/dice-room.ts";
import { createTestServer } from "../../testing/index.ts";
import { browserTest, photograph } from "./browser-test.ts";

/** A recording of a table at which somebody rolled ten times, lost the connection and came back. */
async function recordTable(): Promise<Uint8Array> {
  const server = createTestServer({ rooms: { dice: createDiceRoom() } });
  const ann = await server.connect("ann");
  const session = await ann.join(dice, { roomType: "dice", roomId: "table" });
  for (let n = 0; n < 60; n++) {
    void session.send("roll", { sides: 6 });
    if (n === 30) ann.cut(1_000);
    await server.advance(100);
  }
  const bytes = await server.recording("table");
  server.stop();
  return bytes;
}

browserTest("monitor: a recording is looked back at with a time slider", async (it) => {
  const recorded = { ...arenaRoom, definition: { ...arenaRoom.definition, record: true } };
  const server = await createServer({
    ...{ host: "127.0.0.1", port: 0 },
    rooms: { arena: recorded },
  });
  it.t.after(() => server.close());
  for (const name of ["comet", "wren"]) {
    const ship = await startArenaBot(server.address, name);
    it.t.after(async () => {
      ship.stop();
      await ship.client.close();
    });
  }
  const page = await it.open(`http://${server.address}/monitor`);
  await page.locator(".link.live").waitFor();

  await page.getByRole("button", { name: "Look back" }).click();
  const list = page.getByRole("dialog", { name: "Recordings" });
  await list.getByRole("region", { name: "Of this server" }).locator("li button").first().waitFor();
  await list.locator("li button").first().click();
  const own = page.getByRole("dialog", { name: /looked back at/ });
  await own.getByText("comet").first().waitFor();

  await own.getByRole("button", { name: "Others" }).click();
  const buffer = Buffer.from(await recordTable());
  const file = { name: "table.rlrec", mimeType: "application/octet-stream", buffer };
  await page.getByLabel("Recording file").setInputFiles(file);
  const back = page.getByRole("dialog", { name: "table, looked back at" });
  const slider = back.getByRole("slider", { name: "Time" });
  await slider.waitFor();
  const tick = async (): Promise<number> =>
    Number((await back.getByTestId("tick").textContent())?.replace(/\D/g, ""));
  const last = await tick();
  assert.ok(last > 100, `${last} ticks`);
  const points = back.locator('[data-table="scores"] tbody td').first();
  const pointsAtEnd = await points.textContent();
  await back.getByText("ann lost the connection").waitFor();
  await photograph(page, "recording");

  await slider.press("Home");
  assert.equal(await tick(), 0);
  await slider.fill(String(2_000_000 + Number(await slider.getAttribute("min"))));
  assert.ok((await tick()) > 30 && (await tick()) < 50, `tick ${await tick()}`);
  assert.notEqual(await points.textContent(), pointsAtEnd);

  const torn = { ...file, buffer: buffer.subarray(0, 30) };
  await back.getByRole("button", { name: "Others" }).click();
  await page.getByLabel("Recording file").setInputFiles(torn);
  await page
    .getByRole("alert")
    .getByText(/This recording cannot be used/)
    .waitFor();
});
