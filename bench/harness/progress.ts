/** Where a bench is, on a terminal: one line of stderr that is written again and again. */
export interface Progress {
  /** What is being done. */
  show(what: string): void;
  /** Says something that stays, terminal or not. */
  say(line: string): void;
  /** One run is over. */
  done(): void;
  /** Takes the line away. */
  end(): void;
}

const clearLine = "\r\u001b[K";

/** @param runs how many runs there will be */
export function createProgress(runs: number): Progress {
  const { stderr } = process;
  const isTerminal = "isTTY" in stderr && stderr.isTTY;
  let over = 0;
  return {
    show(what) {
      if (isTerminal) stderr.write(`${clearLine}${over}/${runs}  ${what}`);
    },
    say(line) {
      stderr.write(`${isTerminal ? clearLine : ""}${line}\n`);
    },
    done: () => {
      over++;
    },
    end() {
      if (isTerminal) stderr.write(clearLine);
    },
  };
}
