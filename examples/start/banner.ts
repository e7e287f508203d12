import type { Feed } from "./feed.ts";

/** Says what this is, where it listens and what to try. */
export function printBanner(
  feed: Feed,
  about: { readonly host: string; readonly port: number; readonly bots: number },
): void {
  const { bold, dim, green } = feed.colors;
  const host = about.host.includes(":") ? `[${about.host}]` : about.host;
  const local = `localhost:${about.port}`;
  const url = about.port === 50_051 ? "" : ` --url ${local}`;
  const commands = [
    [`npm run example:chat -- --name ann --room lobby${url}`, "talk with the bots"],
    [`npm run example:bot --${url} --name robo`, "one more ship in the arena"],
    [`npm run roomline -- load${url} --players 100 --ramp 2`, "a hundred more, measured"],
    [`curl ${local}/metrics`, "what Prometheus sees"],
  ] as const;
  const width = Math.max(...commands.map(([command]) => command.length));
  const pages = `http://${local}/`;
  feed.line();
  feed.line(` ${bold("Roomline")} is running. Open ${bold(green(pages))}`);
  feed.line();
  feed.line(
    ` An arena, a ticker and three chat rooms, with ${about.bots} bots in them. Ctrl-C ends it.`,
  );
  feed.line(
    ` It listens on ${green(`${host}:${about.port}`)}, one port for gRPC, WebSocket and HTTP.`,
  );
  feed.line();
  feed.line(" Or try, in another terminal:");
  for (const [command, what] of commands) {
    feed.line(`   ${green(command.padEnd(width))}  ${dim(what)}`);
  }
  feed.line(" Read on: examples/README.md, then write a room of your own: examples/first-room.ts");
  feed.line();
}
