// All players, in one light process that does the same for every server.
import { connect, type Socket } from "node:net";
import { once } from "node:events";
import { updatesPerSecond } from "./player-world.ts";
import type { WireProtocol } from "./servers.ts";
import { wireClientOf } from "./wire-client.ts";

/** Updates that came while it was measured, by their bytes. */
export interface LoadMeasurement {
  readonly updatesReceived: number;
}

const [, , protocol, port, players] = process.argv;
const wire = wireClientOf(protocol as WireProtocol);
const sockets: Socket[] = [];
let bytes = 0;
for (let player = 0; player < Number(players); player++) {
  const socket = connect(Number(port), "127.0.0.1");
  socket.setNoDelay(true);
  socket.on("data", (chunk) => (bytes += chunk.length));
  socket.on("error", (error) => {
    console.error(`A player lost its connection: ${error.message}`);
    process.exit(1);
  });
  await once(socket, "connect");
  if (wire.opening.length > 0) socket.write(wire.opening);
  sockets.push(socket);
}

// The inputs of a tick's time are spread over it, as those of people are.
const slots = 10;
const slotMs = 1_000 / updatesPerSecond / slots;
const startMs = performance.now();
let slot = 0;
function sendSlot(): void {
  for (let player = slot % slots; player < sockets.length; player += slots) {
    sockets[player]?.write(wire.input);
  }
  slot++;
  setTimeout(sendSlot, Math.max(0, startMs + slot * slotMs - performance.now()));
}
sendSlot();

process.on("message", ({ measureMs }: { readonly measureMs: number }) => {
  const bytesBefore = bytes;
  setTimeout(() => {
    const updatesReceived = Math.round((bytes - bytesBefore) / wire.updateWireBytes);
    process.send?.({ updatesReceived } satisfies LoadMeasurement);
  }, measureMs);
});
process.on("disconnect", () => process.exit());
process.send?.({ connected: sockets.length });
