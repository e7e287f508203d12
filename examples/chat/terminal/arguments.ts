import { parseArgs } from "node:util";

/** What the terminal chat was asked to do. */
export interface ChatArguments {
  readonly url: string;
  readonly name: string;
  readonly rooms: readonly string[];
}

export const usage = `Usage: npm run example:chat -- [--url HOST:PORT] [--name NAME] [--room ROOM]...

  --url   where the server is (localhost:50051)
  --name  who you are there (guest-NUMBER)
  --room  a room to sit in; may be given several times (lobby)`;

/** @throws TypeError when there is something it does not know */
export function readArguments(args: readonly string[]): ChatArguments | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      url: { type: "string", default: "localhost:50051" },
      name: { type: "string", default: `guest-${process.pid}` },
      room: { type: "string", multiple: true, default: ["lobby"] },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  return { url: values.url, name: values.name, rooms: [...new Set(values.room)] };
}
