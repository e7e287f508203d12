import assert from "node:assert/strict";
import { build } from "esbuild";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { WebSocket } from "ws";
import type * as Sdk from "../../client/browser-bundle.ts";
import { chat } from "../../examples/chat/contract.ts";
import { chatRoom } from "../../examples/chat/room.ts";
import { connect } from "../../client/index.ts";
import { webBuildOptions } from "../../scripts/web-build-options.ts";
import { createServer } from "../../server/index.ts";
import { eventually } from "./spawn-server.ts";

/** The file that pages load, as a module of Node, with the WebSocket of a browser. */
async function loadSdk(): Promise<typeof Sdk> {
  const outfile = join(tmpdir(), `roomline-sdk-${process.pid}.mjs`);
  await build({
    ...webBuildOptions,
    sourcemap: false,
    entryPoints: ["client/browser-bundle.ts"],
    outfile,
  });
  try {
    return (await import(pathToFileURL(outfile).href)) as typeof Sdk;
  } finally {
    await rm(outfile);
  }
}

describe("the browser SDK as one file", () => {
  it("joins the room that Node clients are in, with a contract of its own", async () => {
    // Newer versions of Node have that of browsers.
    if (!("WebSocket" in globalThis)) Object.assign(globalThis, { WebSocket });
    const sdk = await loadSdk();
    const server = await createServer({ host: "127.0.0.1", port: 0, rooms: { chat: chatRoom } });
    const contract = sdk.defineContract({
      inputs: { say: sdk.json<{ text: string }>(), typing: sdk.json() },
      events: {
        said: sdk.json<{ name: string; text: string }>(),
        typing: sdk.json(),
      },
    });
    const page = await sdk.connect(`http://${server.address}`, { clientId: "page" });
    const bob = await connect(server.address, { clientId: "bob" });
    const heard: string[] = [];
    const session = await page.join(contract, { roomType: "chat" });
    session.on("said", ({ text }) => void heard.push(`page heard ${text}`));
    const other = await bob.join(chat, { roomType: "chat" });
    other.on("said", ({ text }) => void heard.push(`bob heard ${text}`));
    await session.send("say", { text: "hi" });
    await eventually(() => (heard.length === 2 ? undefined : heard.join()), 2_000);
    assert.deepEqual(heard.toSorted(), ["bob heard hi", "page heard hi"]);
    await Promise.all([page.close(), bob.close()]);
    await server.close();
    assert.equal(server.usage.sockets, 0);
  });
});
