import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createServer } from "../../server/index.ts";
import { counterRoom } from "../../examples/first-room.ts";
import { createPrintedProject, filesIn, packPackage, sectionOf } from "../printed/printed-code.ts";
import { browserTest } from "./browser-test.ts";
import { watchPage } from "./watched-page.ts";

const hotReloads = 10;
const savedEveryMs = 400;

browserTest(
  "React: Vite's template under StrictMode, a second tab, ten hot reloads",
  async (it) => {
    const server = await createServer({
      host: "127.0.0.1",
      port: 0,
      rooms: { counter: counterRoom },
    });
    it.t.after(() => server.close());
    const connections = async (): Promise<number> => {
      const metrics = await (await fetch(`http://${server.address}/metrics`)).text();
      return Number(/^roomline_connections (\d+)$/m.exec(metrics)?.[1]);
    };

    const packed = packPackage();
    it.t.after(() => packed.remove());
    const project = createPrintedProject(it.t, packed);
    cpSync("node_modules/create-vite/template-react-ts", project.folder, { recursive: true });
    const typed = filesIn(sectionOf("README.md", "## Write it with types"));
    const printed = filesIn(sectionOf("docs/react.md", "## A component"));
    assert.deepEqual([...printed.keys()], ["src/App.tsx"]);
    const app = (printed.get("src/App.tsx") ?? "").replace("localhost:50051", server.address);
    const appPath = "src/App.tsx";
    project.write(
      new Map([
        ["src/contract.ts", typed.get("contract.ts") ?? ""],
        [appPath, app],
      ]),
    );
    assert.match(readFileSync(join(project.folder, "src/main.tsx"), "utf8"), /<StrictMode>/);
    assert.equal(project.run("npx tsc -p tsconfig.app.json"), "");

    const [, url = ""] = await project.start(
      "npx vite --host 127.0.0.1 --port 0 --clearScreen false",
      /(http:\/\/127\.0\.0\.1:\d+)/,
    );
    const expected = [new RegExp(`^went elsewhere: ws://${server.address}/connect$`)];
    const ann = await it.open(url, { expected });
    const button = (page: typeof ann, text: string) =>
      page.getByRole("button", { name: text, exact: true }).waitFor();
    await button(ann, "Total: 0");
    await ann.getByRole("button").click();
    await button(ann, "Total: 1");
    assert.equal(await connections(), 1, "StrictMode has mounted it twice");

    const bob = await ann.context().newPage();
    const bobWatch = watchPage(bob, url, expected);
    await bob.goto(url);
    await button(bob, "Total: 1");
    await bob.getByRole("button").click();
    for (const page of [ann, bob]) await button(page, "Total: 2");
    assert.equal(await connections(), 2);

    for (let reload = 1; reload <= hotReloads; reload++) {
      // Vite misses a change that comes too soon after another one; nobody saves so fast.
      await ann.waitForTimeout(savedEveryMs);
      const text = app.replace("Total:", `Total ${reload}:`);
      assert.notEqual(text, app);
      writeFileSync(join(project.folder, appPath), text);
      for (const page of [ann, bob]) await button(page, `Total ${reload}: 2`);
    }
    await bob.getByRole("button").click();
    for (const page of [ann, bob]) await button(page, `Total ${hotReloads}: 3`);
    assert.equal(await connections(), 2, "one for each tab after all reloads");
    assert.deepEqual(bobWatch.problems, []);
  },
);
