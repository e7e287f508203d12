import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import { test } from "node:test";
import { launchChromium } from "./chromium.ts";
import { watchPage } from "./watched-page.ts";

/** Serves one page, and 404 for all else. */
async function serve(html: string): Promise<{ server: Server; origin: string }> {
  const server = createServer((request, response) => {
    response.writeHead(request.url === "/" ? 200 : 404, { "content-type": "text/html" });
    response.end(request.url === "/" ? html : "");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return { server, origin: `http://127.0.0.1:${address.port}` };
}

test("the watch over a page hears of errors, of what is missing, and of other servers", async (t) => {
  const other = await serve("another server");
  t.after(() => other.server.close());
  const { server, origin } = await serve(`<!doctype html><link rel="icon" href="data:,">
    <script>
      console.error("said loudly");
      console.error("known to the test");
      setTimeout(() => { throw new Error("thrown late"); });
      Promise.all(["/missing", "${other.origin}/"].map((url) => fetch(url, { mode: "no-cors" })))
        .then(() => document.title = "done");
    </script>`);
  t.after(() => server.close());
  const browser = await launchChromium();
  t.after(() => browser.close());
  const page = await browser.newPage();
  const { problems } = watchPage(page, origin, [/known to the test/]);
  await page.goto(origin);
  await page.waitForFunction(`document.title === "done"`);
  const all = problems.join("\n");
  assert.match(all, /console: said loudly/);
  assert.match(all, /not caught: thrown late/);
  assert.match(all, /404: .*\/missing/);
  assert.ok(all.includes(`went elsewhere: ${other.origin}/`), all);
  assert.ok(!all.includes("known to the test"), all);
});

test("a machine without Chromium is told what to install", async (t) => {
  const before = process.env["CHROMIUM_PATH"];
  process.env["CHROMIUM_PATH"] = "/nowhere/chromium";
  t.after(() => {
    if (before === undefined) delete process.env["CHROMIUM_PATH"];
    else process.env["CHROMIUM_PATH"] = before;
  });
  await assert.rejects(
    launchChromium(),
    /\/nowhere\/chromium.*apt-get install chromium.*CHROMIUM_PATH/,
  );
});
