import type { Environment } from "./options/option-reader.ts";

/** Where text goes. */
interface TextOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** What a command sees of its process. */
export interface Surroundings {
  readonly env: Environment;
  readonly version: string;
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  /**
   * Calls back for SIGINT and SIGTERM, in place of what the process would do by itself, until the returned function is
   * called.
   */
  onSignal(callback: (signal: string) => void): () => void;
  /** The same for SIGHUP, which means to begin anew. */
  onHangup(callback: () => void): () => void;
  /** The process that has started this one, if it keeps a channel to it. */
  readonly starter?: {
    tell(message: object): void;
    onGone(callback: () => void): void;
  };
  /** Ends the process now. */
  exit(code: number): void;
}

/** What a command ends with. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Tells of mistakes in how the command was called, a line each. Returns the exit code. */
export function reportMistakes(around: Surroundings, mistakes: readonly string[]): number {
  for (const line of mistakes) around.stderr.write(`roomline: ${line}\n`);
  return exitCodes.usage;
}

/** Tells why the command cannot go on. Returns the exit code. */
export function reportFailure(around: Surroundings, message: string): number {
  around.stderr.write(`roomline: ${message}\n`);
  return exitCodes.failed;
}
