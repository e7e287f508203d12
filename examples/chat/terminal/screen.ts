import { clearScreenDown, createInterface, cursorTo, moveCursor } from "node:readline";
import { createColors } from "picocolors";

/** Where the chat is read and written: a terminal, or two pipes. */
export interface Screen {
  /** Somebody sits at it: there is a prompt, and lines stay apart from what is being typed. */
  readonly interactive: boolean;
  readonly colors: ReturnType<typeof createColors>;
  /** What is typed, line by line. Ends with Ctrl-D, Ctrl-C or the end of the input. */
  readonly lines: AsyncIterable<string>;
  line(text: string): void;
  /** A remark of the program itself. */
  note(text: string): void;
  /** What stands before the line being typed. */
  prompt(text: string): void;
  /** Calls back while somebody types. */
  onKey(callback: () => void): void;
  close(): void;
}

/** Uses standard input and output. */
export function createScreen(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Screen {
  const interactive = input.isTTY && output.isTTY;
  const isTerminal = "isTTY" in output && output.isTTY;
  const colors = createColors(isTerminal && process.env["NO_COLOR"] === undefined);
  const readline = interactive
    ? createInterface({ input, output, prompt: "" })
    : createInterface({ input });
  // A closed readline that wrote its prompt would start to read again.
  let open = true;
  readline.on("close", () => (open = false));
  const line = (text: string): void => {
    if (!interactive || !open) return void output.write(`${text}\n`);
    moveCursor(output, 0, -readline.getCursorPos().rows);
    cursorTo(output, 0);
    clearScreenDown(output);
    output.write(`${text}\n`);
    readline.prompt(true);
  };
  if (interactive) {
    // What was typed comes back from the room, or is answered with a note: it need not stand there twice.
    readline.on("line", (typed) => {
      const rows = Math.floor((readline.getPrompt().length + typed.length) / output.columns) + 1;
      moveCursor(output, 0, -rows);
      clearScreenDown(output);
      readline.prompt();
    });
    readline.on("SIGINT", () => {
      output.write("\n");
      readline.close();
    });
  }
  return {
    interactive,
    colors,
    lines: readline,
    line,
    note: (text) => line(colors.dim(`-- ${text}`)),
    prompt(text) {
      if (!interactive || !open || text === readline.getPrompt()) return;
      readline.setPrompt(text);
      readline.prompt(true);
    },
    onKey(callback) {
      if (interactive) input.on("keypress", callback);
    },
    close: () => readline.close(),
  };
}

/** What others wrote, without what a terminal would act upon. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ");
}
