import http2 from "node:http2";
import { test } from "node:test";
import { realtimePath } from "../../shared/transport/grpc-names.ts";
import { openTestPort, type TestPort, type TestPortOptions } from "./test-port.ts";

/** How a call over node:http2 went. */
interface CallResult {
  readonly status: number;
  readonly headers: http2.IncomingHttpHeaders;
  readonly trailers: http2.IncomingHttpHeaders;
  readonly body: Buffer;
  readonly rstCode: number;
}

/** Makes one call with these headers and this body, and waits for its end. */
export async function call(
  port: number,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array | "endless" = Buffer.alloc(0),
): Promise<CallResult> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  const stream = session.request(
    { ":method": "POST", ":path": realtimePath, ...headers },
    { endStream: false },
  );
  let head: http2.IncomingHttpHeaders = {};
  let trailers: http2.IncomingHttpHeaders = {};
  const chunks: Buffer[] = [];
  stream.on("response", (it: http2.IncomingHttpHeaders) => (head = it));
  stream.on("trailers", (it: http2.IncomingHttpHeaders) => (trailers = it));
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.on("error", () => undefined);
  if (body !== "endless") stream.end(body);
  // A reset is an error as well, and both tell the code.
  await new Promise((resolve) => stream.once("close", resolve));
  const { rstCode } = stream;
  session.destroy();
  return {
    status: Number(head[":status"]),
    headers: head,
    trailers,
    body: Buffer.concat(chunks),
    rstCode,
  };
}

/** A frame of this size, with the prefix gRPC wants. */
export function message(size: number, fill = 0): Buffer {
  const framed = Buffer.alloc(5 + size, fill);
  framed[0] = 0;
  framed.writeUInt32BE(size, 1);
  return framed;
}

/** The least a call must say. */
export const grpc = { "content-type": "application/grpc" };

/** A test of one port, at the end of which nothing may be left. */
export function portTest(
  name: string,
  check: (server: TestPort) => Promise<void>,
  options: TestPortOptions = {},
): void {
  test(name, async (context) => {
    const server = await openTestPort(options);
    context.after(() => server.port.close());
    await check(server);
    await server.end();
  });
}
