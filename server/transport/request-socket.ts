import type { Http2ServerRequest } from "node:http2";
import type { Socket } from "node:net";

/** What Node gives the stream of the request for, in place of its connection. */
const ofTheStream = new Set<string | symbol>(
  "on once emit end destroy write read pause resume setTimeout readable writable destroyed".split(
    " ",
  ),
);

/**
 * Lets a request's `socket` tell of the peer: its address and its certificate. Node's own stand-in for the socket would ask the
 * gate for these. Its events stay those of the stream.
 */
export function tellOfPeer(request: Http2ServerRequest, socket: Socket): void {
  const own = request.socket;
  const standIn = new Proxy(own, {
    get(_own, name): unknown {
      if (ofTheStream.has(name)) return Reflect.get(own, name);
      const value: unknown = Reflect.get(socket, name);
      return typeof value === "function" ? value.bind(socket) : value;
    },
    getPrototypeOf: () => Reflect.getPrototypeOf(socket),
  });
  Object.defineProperty(request, "socket", { value: standIn });
}
