import type { Lounge } from "./lounge.ts";
import type { Screen } from "./screen.ts";

/** What a line asked for: more of the same, or the end. */
export type Outcome = "go-on" | "quit";

interface Command {
  /** How it is written, and what it does. */
  readonly help: readonly [form: string, what: string];
  /** It needs the word behind it. */
  readonly needsWord?: boolean;
  run(lounge: Lounge, word: string): void | Promise<void>;
}

const commands: Readonly<Record<string, Command>> = {
  join: {
    help: ["/join ROOM", "take a seat in one more room, on the same connection"],
    needsWord: true,
    run: (lounge, room) => lounge.join(room),
  },
  leave: { help: ["/leave", "give up the seat here"], run: (lounge) => lounge.leave() },
  room: {
    help: ["/room ROOM", "talk in another of your rooms"],
    needsWord: true,
    run: (lounge, room) => lounge.switchTo(room),
  },
  who: { help: ["/who", "who is here"], run: (lounge) => lounge.who() },
  pause: {
    help: ["/pause", "stand still here: messages wait on the server"],
    run: (lounge) => lounge.pause(),
  },
  resume: { help: ["/resume", "show what waited, and go on"], run: (lounge) => lounge.resume() },
  name: {
    help: ["/name NAME", "be called something else here"],
    needsWord: true,
    run: (lounge, name) => lounge.rename(name),
  },
  cut: {
    help: ["/cut [SECONDS]", "break your own connection, to see it come back (3)"],
    run: (lounge, seconds) => lounge.cut(positive(seconds, 3)),
  },
  wait: {
    help: ["/wait [SECONDS]", "do nothing for a while; for scripts (1)"],
    run: (_lounge, seconds) =>
      new Promise((resolve) => setTimeout(resolve, positive(seconds, 1) * 1_000)),
  },
};

const helpLines = [
  ...Object.values(commands).map(({ help }) => help),
  ["/help", "this list"],
  ["/quit", "leave all rooms and go"],
].map(([form = "", what = ""]) => `${form.padEnd(16)} ${what}`);

/** Does what a line says. Problems are shown, not thrown. */
export async function runLine(line: string, lounge: Lounge, screen: Screen): Promise<Outcome> {
  const text = line.trim();
  if (text === "") return "go-on";
  const [, name, rest = ""] = /^\/(\S*)\s*(.*)$/.exec(text) ?? [];
  if (name === "quit") return "quit";
  try {
    if (name === undefined) await lounge.say(text);
    else if (name === "help") for (const help of helpLines) screen.note(help);
    else await runCommand(name, rest, lounge);
  } catch (error) {
    screen.note(error instanceof Error ? error.message : String(error));
  }
  return "go-on";
}

async function runCommand(name: string, word: string, lounge: Lounge): Promise<void> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) throw new Error(`There is no /${name}; /help lists what there is.`);
  if (command.needsWord === true && word === "") throw new Error(`It is: ${command.help[0]}`);
  await command.run(lounge, word);
}

function positive(text: string, otherwise: number): number {
  const number = Number(text);
  return number > 0 && number <= 3_600 ? number : otherwise;
}
