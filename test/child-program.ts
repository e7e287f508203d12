import { extname } from "node:path";
import { fileURLToPath } from "node:url";

/** A program of this project, as a process of its own. */
export interface ChildProgram {
  readonly path: string;
  /** What Node has to be given to run it. */
  readonly execArgv: readonly string[];
}

/**
 * The program at `path`, as the test that asks runs itself: transpiled under `npm test`, as it is when one file is run alone.
 * @param path relative to the file that asks, without its ending: "./server-process"
 * @param from import.meta.url of the file that asks
 */
export function childProgram(path: string, from: string): ChildProgram {
  const ending = extname(fileURLToPath(from));
  return {
    path: fileURLToPath(new URL(path + ending, from)),
    execArgv: [
      "--conditions=roomline-source",
      "--expose-gc",
      ...(ending === ".ts" ? ["--import", "tsx"] : []),
    ],
  };
}
