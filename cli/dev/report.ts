import type { DevEvent } from "./dev-server.ts";

/** What `roomline dev` tells the process that has started it, when there is a channel to that: the server of a bundler. */
export interface DevReport {
  /** What is wrong from now on; empty: players can come, and nothing is wrong with the rooms. */
  readonly problem: string;
}

/** What is told of an event; undefined: nothing. */
export function reportOf(event: DevEvent): DevReport | undefined {
  switch (event.kind) {
    case "listening":
    case "live":
    case "returned":
      return { problem: "" };
    case "failed":
      return { problem: event.problem };
    case "died":
      return {
        problem: `The process with the rooms has ended (${event.how}): it is started again.`,
      };
    case "hangs":
      return { problem: "The code of the rooms does not return: does it loop?" };
    case "files":
      return undefined;
  }
}
