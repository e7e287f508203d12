import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";

/** A way to a server that can be cut: what a page sees of it is what it sees of a network that is gone. */
export interface CuttableWay {
  readonly origin: string;
  /** Breaks all connections, and every new one until `mend`. */
  cut(): void;
  mend(): void;
}

/** Opens a way to a port of this machine; it is closed with the test. */
export async function openCuttableWay(t: TestContext, port: number): Promise<CuttableWay> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
  };
  const server = createServer((near) => {
    keep(near);
    if (isCut) {
      near.resetAndDestroy();
      return;
    }
    const far = keep(connect(port, "127.0.0.1"));
    near.pipe(far).pipe(near);
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const cutAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  t.after(() => {
    server.close();
    cutAll();
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  return {
    origin: `http://127.0.0.1:${address.port}`,
    cut() {
      isCut = true;
      cutAll();
    },
    mend: () => void (isCut = false),
  };
}
