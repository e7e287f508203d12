import { spawn, spawnSync } from "node:child_process";

/** The root of the project. */
export const projectDir = process.cwd();

/** How long clients of other languages talk to the server: FOREIGN_SECONDS, 10 without. */
export const seconds = Number(process.env["FOREIGN_SECONDS"] ?? 10);

/** Why a test of a language cannot run here; false: it can. Only a missing toolchain is a reason. */
export function missing(command: string, versionArgument: string): string | false {
  const { error } = spawnSync(command, [versionArgument], { stdio: "ignore" });
  return error === undefined ? false : `SKIPPED: there is no ${command} on this machine`;
}

interface RunOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a program to its end, and gives what it printed. Throws with all of it when it fails. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions,
): Promise<string> {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} exited ${code}:\n${printed}`);
  return printed;
}
