import type { TestContext } from "node:test";
import { defineContract, json } from "roomline/contract";
import { createServer, defineRoom, silentLog, type Server } from "roomline/server";

const noisy = defineContract({
  state: { positions: json<{ x: number }>() },
  inputs: { say: json<string>() },
  events: { said: json<string>() },
});

/** A room with something for everybody: 20 states and 20 events a second. */
const noisyRoom = defineRoom(noisy, {
  watchable: true,
  tickRateHz: 20,
  emptyDelayMs: 60_000,
  onTick(room, { tick }) {
    room.state.positions.set("one", { x: tick });
    room.publish("said", "x".repeat(1_000));
  },
  onInput: {
    say: (room, _player, text) => room.publish("said", text),
  },
});

/** A server whose room "lobby" is never silent, for clients of other languages. `refusals` gets what it holds against any. */
export async function startNoisyServer(
  test: TestContext,
  refusals: string[] = [],
): Promise<Server> {
  const server = await createServer({
    host: "127.0.0.1",
    port: 0,
    rooms: { noisy: noisyRoom },
    log: {
      ...silentLog,
      warn(fields, text) {
        if ("refused" in fields) refusals.push(`${text} ${JSON.stringify(fields)}`);
        else console.warn(text, fields);
      },
    },
    // They ask as fast as they can, and are one client at one address.
    limits: {
      callsPerSecond: 1e5,
      requestsPerAddressPerSecond: 1e5,
      requestsPerAddressBurst: 1e5,
      framesPerSecond: 1e6,
    },
  });
  test.after(() => server.close());
  await server.createRoom("noisy", { roomId: "lobby" });
  return server;
}
