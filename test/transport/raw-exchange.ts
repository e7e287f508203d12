import { once } from "node:events";
import { connect } from "node:net";

/** Sends these pieces, one packet each, and gives what came back until the server ended the connection. */
export async function rawExchange(
  port: number,
  pieces: readonly (string | Uint8Array)[],
): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.setNoDelay(true);
  let answer = "";
  socket.on("data", (chunk) => (answer += chunk.toString("latin1")));
  socket.on("error", () => undefined);
  const closed = once(socket, "close");
  for (const piece of pieces) {
    socket.write(piece);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await closed;
  return answer;
}
