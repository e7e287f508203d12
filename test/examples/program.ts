import { spawn } from "node:child_process";
import type { TestContext } from "node:test";

/** How a program ended. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program of the examples, run as a user would. */
export interface Program {
  /** All it has written so far, both streams. */
  readonly output: string;
  /** Resolves when it has written something that matches, from the start on; fails if it ends before, or takes too long. */
  whenPrinted(pattern: RegExp): Promise<RegExpExecArray>;
  write(text: string): void;
  /** No more input. */
  endInput(): void;
  signal(signal: NodeJS.Signals): void;
  readonly ended: Promise<ProgramEnd>;
}

const patienceMs = 25_000;

/** Starts one; it is killed when the test is over, in case it still runs. */
export function runProgram(
  t: TestContext,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Program {
  const child = spawn(
    process.execPath,
    ["--conditions=roomline-source", "--import", "tsx", ...args],
    { env: { ...process.env, ...environment }, stdio: "pipe" },
  );
  let output = "";
  let lookAgain: () => void = () => undefined;
  const take = (chunk: string): void => {
    output += chunk;
    lookAgain();
  };
  child.stdout.setEncoding("utf8").on("data", take);
  child.stderr.setEncoding("utf8").on("data", take);
  const ended = new Promise<ProgramEnd>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  t.after(() => child.kill("SIGKILL"));
  return {
    get output() {
      return output;
    },
    whenPrinted: (pattern) =>
      new Promise((resolve, reject) => {
        const fail = (why: string) => reject(new Error(`${why} ${pattern.source}:\n${output}`));
        const timer = setTimeout(() => fail("It did not print in time:"), patienceMs);
        lookAgain = () => {
          const match = pattern.exec(output);
          if (match === null) return;
          clearTimeout(timer);
          resolve(match);
        };
        void ended.then(() => {
          clearTimeout(timer);
          fail("It ended without printing");
        });
        lookAgain();
      }),
    write: (text) => void child.stdin.write(text),
    endInput: () => child.stdin.end(),
    signal: (signal) => void child.kill(signal),
    ended,
  };
}

/** A running demo server and where it listens. */
export async function startDemo(t: TestContext): Promise<{ program: Program; url: string }> {
  const program = runProgram(t, ["examples/start.ts"], { ROOMLINE_PORT: "0" });
  const [, port = ""] = await program.whenPrinted(/listens on 127\.0\.0\.1:(\d+)/);
  return { program, url: `localhost:${port}` };
}
