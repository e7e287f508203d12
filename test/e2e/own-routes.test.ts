import assert from "node:assert/strict";
import { connect as connectHttp2 } from "node:http2";
import { once } from "node:events";
import { test, type TestContext } from "node:test";
import { connect } from "roomline/client";
import { createServer, type Log, type ServerOptions } from "roomline/server";
import { chat } from "../../examples/chat/contract.ts";
import { chatRoom } from "../../examples/chat/room.ts";

async function start(t: TestContext, onRequest: ServerOptions["onRequest"]) {
  const errors: unknown[] = [];
  const ignore = (): void => undefined;
  const log: Log = {
    ...{ debug: ignore, info: ignore, warn: ignore },
    error: (fields: object, message) =>
      errors.push([message, String((fields as { err: unknown }).err)]),
    child: () => log,
  };
  const server = await createServer({
    port: 0,
    rooms: { chat: chatRoom },
    log,
    ...(onRequest && { onRequest }),
  });
  t.after(() => server.close());
  return { server, errors, url: `http://${server.address}` };
}

test("routes of the user's answer what is nothing of the server's, on its port", async (t) => {
  const { server, url } = await start(t, async (request, response) => {
    const body: Buffer[] = [];
    for await (const chunk of request) body.push(chunk as Buffer);
    response.setHeader("content-type", "text/plain");
    response.end(`${request.method} ${request.url}: ${Buffer.concat(body).toString()}`);
  });
  const said = await fetch(`${url}/shop?item=1`, { method: "POST", body: "two" });
  assert.equal(await said.text(), "POST /shop?item=1: two");
  assert.equal(await (await fetch(`${url}/`)).text(), "GET /: ");
  // What is the server's stays so.
  assert.match(await (await fetch(`${url}/metrics`)).text(), /roomline_/);
  assert.match(await (await fetch(`${url}/roomline.js`)).text(), /export/);
  const client = await connect(server.address, { clientId: "ann" });
  await client.join(chat, { roomType: "chat", roomId: "r" });
  await client.close();

  const session = connectHttp2(url);
  t.after(() => session.destroy());
  const stream = session.request({ ":path": "/h2" });
  const [chunk] = (await once(stream, "data")) as [Buffer];
  assert.equal(chunk.toString(), "GET /h2: ");
});

test("routes that throw or reject are answered with 500, and told with what was thrown", async (t) => {
  const { url, errors } = await start(t, (request) => {
    if (request.url === "/throws") throw new Error("thrown");
    return Promise.reject(new Error("rejected"));
  });
  for (const path of ["throws", "rejects"])
    assert.equal((await fetch(`${url}/${path}`)).status, 500);
  assert.deepEqual(errors, [
    ["onRequest failed", "Error: thrown"],
    ["onRequest failed", "Error: rejected"],
  ]);
});

test("onRequest that is no function is refused by name", async () => {
  await assert.rejects(createServer({ port: 0, rooms: {}, onRequest: "app" as never }), {
    code: "invalid-config",
    message: /onRequest is a string; it has to be a function/,
  });
});
