import assert from "node:assert/strict";
import { once } from "node:events";
import {
  createServer as createHttpServer,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
} from "node:http";
import type { TestContext } from "node:test";
import type { Server } from "roomline/server";

/**
 * A proxy that shows a server below /ops, and says for whom it speaks, if that is somebody. Returns its origin; it ends with the
 * test.
 */
export async function proxyBelowPath(
  t: TestContext,
  { port }: Server,
  speaksFor?: string,
): Promise<string> {
  const onwardOf = ({ url = "", method, headers }: IncomingMessage): ClientRequest =>
    httpRequest({
      ...{ host: "127.0.0.1", port, path: url.slice("/ops".length) },
      ...(method !== undefined && { method }),
      headers: { ...headers, ...(speaksFor !== undefined && { "x-forwarded-for": speaksFor }) },
    });
  const front = createHttpServer((request, response) => {
    const onward = onwardOf(request);
    onward.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  });
  front.on("upgrade", (request, socket) => {
    const onward = onwardOf(request);
    onward.on("upgrade", (answer, other) => {
      const lines = Object.entries(answer.headers).map(
        ([name, value]) => `${name}: ${String(value)}\r\n`,
      );
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join("")}\r\n`);
      socket.pipe(other).pipe(socket);
      for (const end of [socket, other])
        end.on("error", () => undefined).on("close", () => [socket, other].map((s) => s.destroy()));
    });
    onward.on("error", () => socket.destroy());
    onward.end();
  });
  await once(front.listen(0, "127.0.0.1"), "listening");
  t.after(() => {
    front.closeAllConnections();
    front.close();
  });
  const address = front.address();
  assert.ok(typeof address === "object" && address !== null);
  return `http://127.0.0.1:${address.port}`;
}
