import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "roomline/client";
import { createServer } from "roomline/server";
import { counter, counterRoom } from "../../examples/first-room.ts";
import { createPrintedProject, filesIn, packPackage, sectionOf } from "../printed/printed-code.ts";
import { browserTest } from "./browser-test.ts";

/** Browsers ask for it by themselves, and nobody prints one. */
const expected = [/favicon\.ico/];

browserTest("README: two tabs talk over the chat as it is printed", async (it) => {
  const packed = packPackage();
  it.t.after(() => packed.remove());
  const project = createPrintedProject(it.t, packed);
  project.write(filesIn(sectionOf("README.md", "## Write a room")));
  project.run("npm init -y && npm pkg set type=module");
  const [, address = ""] = await project.start("node server.js", /http:\/\/(\S+)\//);
  const open = () => it.open(`http://${address}/`, { expected });
  const ann = await open();
  const say = async (page: typeof ann, text: string) => {
    await page.getByPlaceholder("Say something").fill(text);
    await page.keyboard.press("Enter");
  };
  // The page has to be in the room before it can say something.
  await ann.waitForFunction("line.onchange !== null");
  await say(ann, "is somebody there?");
  const bob = await open();
  await bob.getByText(/guest \d+: is somebody there\?/).waitFor();
  await bob.waitForFunction("line.onchange !== null");
  await say(bob, "yes");
  await ann.getByText(/guest \d+: yes/).waitFor();
  assert.equal(await ann.locator("li").count(), 2);
});

browserTest("start page: the code for a page works as it is shown", async (it) => {
  const shown = readFileSync("examples/start/page/index.html", "utf8");
  const [, code = ""] = /id="page-code">\n([\s\S]*?)<\/pre>/.exec(shown) ?? [];
  const staticDir = mkdtempSync(join(tmpdir(), "roomline-page-"));
  const text = code.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
  writeFileSync(join(staticDir, "index.html"), text);
  const rooms = { counter: counterRoom };
  const server = await createServer({ host: "127.0.0.1", port: 0, rooms, staticDir });
  it.t.after(async () => {
    await server.close();
    rmSync(staticDir, { recursive: true });
  });
  const page = await it.open(`http://${server.address}/`, { expected });
  const title = (wanted: string) => page.waitForFunction(`document.title === "${wanted}"`);
  await title("0");
  const milestone = page.waitForEvent("console", (message) => message.text().includes("made it"));
  await page.click("html");
  await title("1");
  const bob = await connect(server.address, { clientId: "bob" });
  const session = await bob.join(counter, { roomType: "counter" });
  await session.send("add", { by: 9 });
  await title("10");
  assert.equal((await milestone).text(), "bob made it 10");
  await bob.close();
});
