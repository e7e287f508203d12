import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";

/** A TCP connection in between that can be cut like a cable. */
export interface TcpProxy {
  /** `host:port` for clients. */
  readonly target: string;
  readonly connections: number;
  /** Connections there have been. */
  readonly accepted: number;
  /** Breaks all connections; new ones are taken at once. */
  cut(): void;
  /** Passes nothing on any more, in either direction, and says nothing: the worst kind of network. */
  freeze(frozen: boolean): void;
}

/** Starts a proxy to `port` on this machine, which ends with the test. */
export async function startTcpProxy(test: TestContext, port: number): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let accepted = 0;
  const server = createServer((socket) => {
    accepted++;
    const upstream = connect(port, "127.0.0.1");
    const pair = [socket, upstream] as const;
    pairs.add(pair);
    for (const [from, to] of [pair, [upstream, socket] as const]) {
      from.setNoDelay(true);
      from.on("error", () => undefined);
      from.on("close", () => {
        pairs.delete(pair);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  const cut = (): void => {
    for (const [socket] of pairs) socket.resetAndDestroy();
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  test.after(() => {
    server.close();
    cut();
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("It does not listen.");
  return {
    target: `127.0.0.1:${address.port}`,
    cut,
    get connections() {
      return pairs.size;
    },
    get accepted() {
      return accepted;
    },
    freeze(frozen) {
      for (const pair of pairs) {
        for (const socket of pair) {
          if (frozen) socket.unpipe();
          if (frozen) socket.pause();
          else socket.pipe(socket === pair[0] ? pair[1] : pair[0]);
        }
      }
    },
  };
}
