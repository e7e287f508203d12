// Writes the tables of docs/performance.md anew: `npm run bench:tables`. Takes about half an hour; the machine should do nothing else.
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The runs, as `npm run bench` is told of them. */
const runs: readonly string[] = [
  "arena --seconds 5 --rounds 5 --peers colyseus,grpcjs,net",
  "arena --seconds 5 --rounds 5 --transport ws --peers colyseus,ws,net",
  "arena --players 200 --rooms-per-player 4 --seconds 5 --peers colyseus",
  "arena --players 200 --rooms-per-player 4 --seconds 5 --transport ws --peers colyseus",
  "chat --seconds 5 --peers socketio,grpcjs",
  "chat --seconds 5 --transport ws --peers socketio,ws",
  "stall --peers none",
  "stall --transport ws --peers none",
  "storm --peers socketio",
  "storm --transport ws --peers socketio",
  "idle --peers grpcjs",
  "idle --transport ws --peers ws",
  "watch --seconds 5 --peers grpcjs",
  "micro",
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
