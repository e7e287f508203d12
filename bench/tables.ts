// Writes the tables of docs/performance.md anew: `npm run bench:tables`. Takes about an hour; the machine should do nothing else.
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The runs, as `npm run bench` is told of them. */
const runs: readonly string[] = [
  "arena",
  "arena --transport ws",
  "arena --players 200 --rooms-per-player 4",
  "arena --players 200 --rooms-per-player 4 --transport ws",
  "arena --players 200 --room-size 100",
  "chat",
  "chat --transport ws",
  "stall",
  "stall --transport ws",
  "storm",
  "storm --transport ws",
  "idle",
  "idle --transport ws",
  "watch",
];

const page = fileURLToPath(new URL("../docs/performance.md", import.meta.url));
const run = fileURLToPath(new URL("run.ts", import.meta.url));
const [begin, end] = ["<!-- tables begin -->", "<!-- tables end -->"];

const sections = runs.map((line) => {
  console.error(line);
  const args = [...process.execArgv, run, ...line.split(" "), "--markdown"];
  const { stdout } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return `### \`npm run bench -- ${line}\`\n\n${stdout.trim()}\n`;
});
const text = readFileSync(page, "utf8");
const [before = "", rest = ""] = text.split(begin);
const after = rest.split(end)[1] ?? "";
writeFileSync(page, `${before}${begin}\n\n${sections.join("\n")}\n${end}${after}`);
execFileSync("npx", ["prettier", "--write", page], { stdio: "inherit" });
