// The demo: a server, its pages, a dozen bots that are ordinary clients of it, and a feed of what happens. `npm start` runs it.
import { fileURLToPath } from "node:url";
import { createServer, RoomlineError, silentLog, type Log } from "roomline/server";
import { arenaRoom } from "./arena/room.ts";
import { chatRoom } from "./chat/room.ts";
import { tickerRoomId } from "./ticker/contract.ts";
import { tickerRoom } from "./ticker/room.ts";
import { printBanner } from "./start/banner.ts";
import { startConversation } from "./start/conversation.ts";
import { startCrew } from "./start/crew.ts";
import { startCutDrills } from "./start/cut-drill.ts";
import { createFeed } from "./start/feed.ts";
import { reportArena, startHost } from "./start/host.ts";
import { readSettings, SettingError, type Settings } from "./start/settings.ts";
import { startStatus } from "./start/status.ts";

/** The pages of the examples, which `npm run build:web` makes; `npm start` does so before. */
const staticDir = fileURLToPath(new URL("./built/", import.meta.url));
const statusIntervalMs = 10_000;
/** Whatever a goodbye waits for, this is enough. */
const goodbyeMsMax = 1_500;

/** The feed tells what happens: what is late on a busy machine is in its status. */
const errorsOnly: Log = {
  ...silentLog,
  error: (fields, message) => console.error(message, fields),
  child: () => errorsOnly,
};

/** Starts everything; resolves with what ends it. */
async function start(settings: Settings): Promise<() => Promise<void>> {
  const { stdout, env } = process;
  const isTerminal = "isTTY" in stdout && stdout.isTTY;
  const feed = createFeed(stdout, isTerminal && env["NO_COLOR"] === undefined);
  const server = await createServer({
    ...settings,
    rooms: { arena: arenaRoom, chat: chatRoom, ticker: tickerRoom },
    staticDir,
    log: errorsOnly,
  });
  await server.createRoom("ticker", { roomId: tickerRoomId });
  const crew = await startCrew(server.address);
  const conversation = startConversation(crew.chat);
  printBanner(feed, {
    host: server.host,
    port: server.port,
    bots: crew.arena.length + crew.chat.length,
  });
  const isBot = (name: string) => crew.has(name);
  const host = await startHost(server.address, crew.chatRooms, { feed, conversation, isBot });
  const drills = startCutDrills(crew, feed);
  const [ship] = crew.arena;
  const reports = [startStatus(server, feed, statusIntervalMs), conversation, drills];
  if (ship !== undefined) reports.push(reportArena(ship.session, { feed, isBot }));

  return async () => {
    for (const report of reports) report.stop();
    const { messagesIn, messagesOut } = server.counters;
    const { cuts, missed, doubled } = drills.totals;
    feed.line();
    feed.line(` Goodbye! ${messagesIn} messages came in and ${messagesOut} went out.`);
    if (cuts > 0)
      feed.line(` Connections cut: ${cuts}, with ${missed} events missed and ${doubled} doubled.`);
    await Promise.all([host.close(), crew.stop()]);
    await server.close();
  };
}

/** Says in one line why there is no demo, and ends. */
function giveUp(error: unknown): never {
  if (error instanceof SettingError) {
    console.error(error.message);
    process.exit(2);
  }
  if (error instanceof RoomlineError && error.code === "address-in-use") {
    const { ROOMLINE_PORT: port = "50051" } = process.env;
    console.error(
      `Port ${port} is taken. Choose another: ROOMLINE_PORT=${Number(port) + 1} npm start`,
    );
  } else console.error(error instanceof RoomlineError ? error.message : error);
  process.exit(1);
}

// `npm start | head` closes the pipe: nobody is reading, so there is nothing left to do.
process.stdout.on("error", () => process.exit(0));

let end = (): Promise<void> => Promise.resolve();
let ending = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    // A terminal and npm may both pass the signal on; one goodbye is enough.
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(0), goodbyeMsMax);
    void end().finally(() => process.exit(0));
  });
}
if (process.argv.length > 2) {
  console.error("npm start takes no options, but variables: ROOMLINE_PORT=50052 npm start");
  process.exit(2);
}
try {
  end = await start(readSettings(process.env));
} catch (error) {
  giveUp(error);
}
