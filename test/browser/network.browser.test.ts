import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "roomline/server";
import { createEchoRoom } from "../engine/rooms.ts";
import { sectionOf } from "../printed/printed-code.ts";
import { browserTest, photograph } from "./browser-test.ts";
import { startGames } from "./demo-server.ts";

/** The code of docs/browsers.md, in a page without a bundler. */
function pageText(): string {
  const section = sectionOf("docs/browsers.md", "## Bad networks");
  const [, code = ""] = /```ts\n([\s\S]*?)```/.exec(section) ?? [];
  const [first = "", ...rest] = code.split("\n");
  const [, from = ""] =
    /import \{ connect, emulateNetwork \} from .* from "(\S+)"$/.exec(first) ?? [];
  return `<!doctype html><html lang="en"><link rel="icon" href="data:," />
<script type="module">
  import { closeReasons, connect, RoomlineError } from "/roomline.js";
  import { emulateNetwork } from "${from}";
  try {
    ${rest.join("\n")}
    const reasons = [];
    client.onStateChange(() => reasons.push(client.closeReason));
    Object.assign(globalThis, { client, network });
  } catch (error) {
    document.title = \`\${error instanceof RoomlineError} \${error.message}\`;
  }
</script></html>`;
}

browserTest(
  "a page takes ?net=, as docs/browsers.md prints it, and is cut and slowed",
  async (it) => {
    const folder = mkdtempSync(join(tmpdir(), "roomline-network-"));
    writeFileSync(join(folder, "index.html"), pageText());
    const server = await createServer({
      ...{ host: "127.0.0.1", port: 0, staticDir: folder },
      rooms: { echo: createEchoRoom() },
    });
    it.t.after(async () => {
      await server.close();
      rmSync(folder, { recursive: true });
    });
    const page = await it.open(`http://${server.address}/?net=latencyMs=40`);
    await page.waitForFunction("globalThis.client !== undefined");
    assert.equal(await page.evaluate("network.cuts"), 1);
    await page.waitForFunction("client.state === 'resuming'");
    await page.waitForFunction("client.state === 'live' && client.rttMs >= 330");
    const wrong = await it.open(`http://${server.address}/?net=trian`);
    await wrong.waitForFunction("document.title !== ''");
    const said = 'emulateNetwork: there is no network "trian". Did you mean "train"?';
    assert.equal(await wrong.title(), `true ${said}`);
  },
);

browserTest("the pages of the demo take ?net=, and say so", async (it) => {
  const { origin } = await startGames(it.t, ["comet"]);
  const slow = await it.open(`${origin}/arena/?name=Ann&net=wifi,latencyMs=120`);
  assert.equal(await slow.locator("#network").innerText(), "network: wifi,latencyMs=120");
  await slow.waitForFunction("globalThis.arena?.client.rttMs >= 240");
  // The button delays it more, and back again.
  await slow.keyboard.press("KeyL");
  await slow.waitForFunction("arena.client.rttMs >= 300");
  await slow.keyboard.press("KeyL");
  await slow.waitForFunction("arena.client.rttMs < 300");
  await photograph(slow, "arena-network");
  const wrong = await it.open(`${origin}/ticker/?net=trian`);
  const told = '?net=: there is no network "trian". Did you mean "train"?';
  assert.equal(await wrong.locator("#network").innerText(), told);
  await wrong.getByText("live", { exact: true }).first().waitFor();
});
