import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect } from "roomline/client";
import { counter } from "../../examples/first-room.ts";
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
  const lines = (await ann.locator("#lines").textContent()) ?? "";
  assert.match(lines, /^guest \d+: is somebody there\?\nguest \d+: yes\n$/);
});

browserTest(
  "start page: its room and its page work beside the package as they are shown",
  async (it) => {
    const shown = readFileSync("examples/start/page/index.html", "utf8");
    const [, code = ""] = /id="page-code">\n([\s\S]*?)<\/pre>/.exec(shown) ?? [];
    const page = code.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
    const typed = filesIn(sectionOf("README.md", "## Write it with types"));
    const packed = packPackage();
    it.t.after(() => packed.remove());
    const project = createPrintedProject(it.t, packed);
    project.run("npm init -y && npm pkg set type=module");
    project.write(
      new Map([
        ["tsconfig.json", typed.get("tsconfig.json") ?? ""],
        ["first-room.ts", readFileSync("examples/first-room.ts", "utf8")],
        ["public/index.html", page],
      ]),
    );
    assert.equal(project.run("npx tsc"), "");
    assert.equal(project.run("npx tsc --module preserve --moduleResolution bundler"), "");
    const [, address = ""] = await project.start(
      "npx tsx node_modules/roomline/dist/cli/main.js serve first-room.ts --static public --port 0",
      /listening on (\S+) /,
    );
    const ann = await it.open(`http://${address}/`, { expected });
    const title = (wanted: string) => ann.waitForFunction(`document.title === "${wanted}"`);
    await title("0");
    const milestone = ann.waitForEvent("console", (message) => message.text().includes("made it"));
    await ann.click("html");
    await title("1");
    const bob = await connect(address, { clientId: "bob" });
    const session = await bob.join(counter, { roomType: "counter" });
    await session.send("add", { by: 9 });
    await title("10");
    assert.equal((await milestone).text(), "bob made it 10");
    await bob.close();
  },
);
