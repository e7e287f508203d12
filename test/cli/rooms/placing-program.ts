// A program that runs a server of two workers, and says where rooms are made; sometimes wrongly.
import { chatRoom } from "../../../examples/chat/room.ts";
import { createServer } from "../../../server/index.ts";

const server = await createServer({
  ...{ host: "127.0.0.1", port: 0, node: "game", workers: 2 },
  rooms: { first: chatRoom, second: chatRoom, nowhere: chatRoom, broken: chatRoom },
  place({ roomType }, nodes) {
    const [first, second] = nodes.map(({ node }) => node).sort();
    if (roomType === "first" && first !== undefined) return first;
    if (roomType === "second" && second !== undefined) return second;
    if (roomType === "broken") throw new Error("The list of machines is away.");
    return "game-77";
  },
});
// The primary starts the workers, and ends when they have.
if ("workers" in server) {
  console.log(`at ${server.address}`);
  process.on("SIGTERM", () => void server.end(0));
}
