// npm start: your rooms, which follow what you save while players stay, and the page, built again when you save a file of it.
import { spawn } from "node:child_process";
import { context } from "esbuild";
import { page } from "./page.ts";

const building = await context({ ...page, logLevel: "warning" });
await building.rebuild().catch(() => undefined); // what is wrong has been printed
await building.watch();

const isWindows = process.platform === "win32"; // there, players come back
const how = isWindows ? ["serve", "--watch"] : ["dev"];
const server = spawn("roomline", [...how, "room.ts", "--static", "dist"], {
  shell: isWindows,
  stdio: "inherit",
  env: { ...process.env, NODE_OPTIONS: "--import=tsx" }, // reads TypeScript
});
process.once("SIGINT", () => undefined).once("SIGTERM", () => server.kill());
server.once("exit", (code) => process.exit(code ?? 0));
