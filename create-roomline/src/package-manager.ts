import { spawn } from "node:child_process";

/** What installs packages. */
export type PackageManager = "npm" | "pnpm" | "yarn" | "bun";

/** The one that has started this program, by what it says of itself (`npm_config_user_agent`). */
export function packageManagerOf(userAgent: string | undefined): PackageManager {
  const [name] = (userAgent ?? "").split("/");
  return name === "pnpm" || name === "yarn" || name === "bun" ? name : "npm";
}

/** Installs what the project in a folder depends on. Resolves to whether it went well; what goes wrong has been printed. */
export function install(manager: PackageManager, folder: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(manager, ["install"], {
      cwd: folder,
      stdio: ["ignore", "inherit", "inherit"],
      // On Windows they are scripts, which only a shell starts.
      shell: process.platform === "win32",
    });
    child.once("error", () => resolve(false));
    child.once("close", (code) => resolve(code === 0));
  });
}
