// The server, as npm run serve runs it. While you write, npm start runs the same rooms.
import { createServer } from "roomline/server";
import { rooms } from "./room.ts";

export const server = await createServer({
  rooms,
  staticDir: "dist", // the page, as it is built
  host: process.env["HOST"] ?? "localhost", // this machine alone; HOST=0.0.0.0 lets others in, who may take any name
});
console.log(`Server:     http://${server.address}/`);
console.log(`Playground: http://${server.address}/playground/`);
console.log(`Monitor:    http://${server.address}/monitor/`);

// The end of a deployed server, and of one that is started again: players are told to come back, and do.
process.once("SIGTERM", () => void server.end(1_000).then(() => process.exit()));
