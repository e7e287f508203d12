// npm run bot -- --count 3: bots that play until Ctrl-C.
import { parseArgs } from "node:util";
import { connect } from "roomline/client";
import { play } from "./bot.ts";
import { identity } from "./identity.ts";

const { values } = parseArgs({
  options: {
    server: { type: "string", default: "localhost:50051" },
    count: { type: "string", default: "1" },
  },
});

for (let number = 1; number <= Number(values.count); number++) {
  const name = `Bot ${number}`;
  const client = await connect(values.server, identity(name, `http://${values.server}`));
  const session = await play(client);
  console.log(`${name} is in the room ${session.roomId}. Ctrl-C ends.`);
  process.once("SIGINT", () => void client.close());
  session.onClose(({ reason }) => console.log(`${name} is out: ${reason.meaning}`));
}
