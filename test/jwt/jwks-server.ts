import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import type { JWK } from "jose";

/** A server of keys on this machine, which can be told how to answer. */
export interface JwksServer {
  readonly url: string;
  /** What it answers with from now on: `silence` never answers, `stall` stops in the middle of the body. */
  how: "keys" | "failure" | "silence" | "stall" | "nonsense";
  keys: readonly JWK[];
  /** How often it was asked. */
  readonly asked: number;
  /** Stops, so that nobody is at its address. */
  stop(): Promise<void>;
  /** Listens at the same address again. */
  start(): Promise<void>;
}

/** Starts one, stopped at the end of the test. */
export async function startJwksServer(t: TestContext, keys: readonly JWK[]): Promise<JwksServer> {
  let asked = 0;
  let server: Server;
  let port = 0;
  const jwks: JwksServer = {
    get url() {
      return `http://127.0.0.1:${port}/keys`;
    },
    how: "keys",
    keys,
    get asked() {
      return asked;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
    async start() {
      server = createServer((_, response) => {
        asked++;
        const body = JSON.stringify({ keys: jwks.keys });
        if (jwks.how === "silence") return;
        if (jwks.how === "failure") response.writeHead(503).end();
        else if (jwks.how === "nonsense") response.end("<html>");
        else if (jwks.how === "stall") response.write(body.slice(0, 10));
        else response.end(body);
      });
      await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
      port = (server.address() as AddressInfo).port;
    },
  };
  await jwks.start();
  t.after(() => jwks.stop());
  return jwks;
}
