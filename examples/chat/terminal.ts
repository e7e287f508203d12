// A chat in the terminal: several rooms over one connection, which may break. `npm run example:chat -- --help`
import {
  closeReasons,
  connect,
  emulateNetwork,
  RoomlineError,
  type Client,
  type EmulatedNetwork,
} from "roomline/client";
import { readArguments, usage, type ChatArguments } from "./terminal/arguments.ts";
import { runLine } from "./terminal/commands.ts";
import { Lounge } from "./terminal/lounge.ts";
import { createScreen } from "./terminal/screen.ts";

const connectTimeoutMs = 3_000;

async function main(args: ChatArguments): Promise<void> {
  const network = emulateNetwork();
  const client = await enter(args, network);
  const screen = createScreen(process.stdin, process.stdout);
  const lines = screen.lines[Symbol.asyncIterator]();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => screen.close());
  client.onStateChange((state) => {
    if (state === "closed") screen.close();
  });
  const lounge = new Lounge(client, network, screen);
  for (const room of args.rooms) {
    await lounge
      .join(room)
      .catch((error: unknown) => screen.note(RoomlineError.from(error).message));
  }
  if (screen.interactive) screen.note("write something, or /help; Ctrl-C ends");
  for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
    const outcome = runLine(next.value, lounge, screen);
    // At a terminal one goes on typing while something is under way; a script goes line by line.
    if (next.value.trim() === "/quit" || (!screen.interactive && (await outcome) === "quit")) break;
  }
  const reason = client.closeReason;
  await lounge.close();
  screen.close();
  if (reason === undefined) return;
  console.error(`The server ended the connection: ${reason.meaning}`);
  process.exitCode = 1;
}

/** Connects, or ends with a line that says what to do. */
async function enter({ url, name }: ChatArguments, network: EmulatedNetwork): Promise<Client> {
  try {
    return await connect(url, {
      clientId: name,
      network,
      connectTimeoutMs,
      backoff: { maxMs: 2_000 },
    });
  } catch (thrown) {
    const error = RoomlineError.from(thrown);
    if (error.cause === closeReasons.clientIdInUse)
      console.error(`Somebody is called ${name} there. Choose another name: --name ${name}2`);
    else if (error.code === "unavailable")
      console.error(
        `No server answers at ${url}. Start one with npm start, or give another --url.`,
      );
    else console.error(error.message);
    process.exit(1);
  }
}

function readOrExit(): ChatArguments {
  try {
    const args = readArguments(process.argv.slice(2));
    if (args !== "help") return args;
    console.log(usage);
    process.exit(0);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}

await main(readOrExit());
