import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { loopback } from "./link.ts";

/** A TCP connection to a port of this machine; its end is told once. */
export async function openSocket(port: number, onEnd: (reason: string) => void): Promise<Socket> {
  const socket = connect({ port, host: loopback, noDelay: true });
  await once(socket, "connect");
  let reason = "the server closed the connection";
  socket.on("error", (error) => (reason = error.message));
  socket.on("close", () => onEnd(reason));
  return socket;
}
