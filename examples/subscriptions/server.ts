// The server of the subscriptions example, in a process of its own, so that it can be killed: server.ts PORT
import { createServer, defineRoom } from "roomline/server";
import { readings, topic } from "./contract.ts";

const readingIntervalMs = 200;

/** Publishes a reading five times a second, whether anybody watches or not. */
const readingsRoom = defineRoom(readings, {
  watchable: true,
  emptyDelayMs: Infinity,
  create(room) {
    room.every(readingIntervalMs, () => {
      room.publish("reading", { celsius: Math.round(200 + 20 * room.random()) / 10 });
    });
  },
});

const [port] = process.argv.slice(2);
const server = await createServer({
  host: "127.0.0.1",
  port: Number(port),
  rooms: { readings: readingsRoom },
});
await server.createRoom("readings", { roomId: topic });
process.send?.("ready");
