import { RoomlineError } from "roomline/client";
import type { TargetOptions } from "./target-options.ts";

/** One line that says why a command cannot go on, and what to do. */
export function targetFailure(error: unknown, { url }: TargetOptions): string {
  const { code, message } = RoomlineError.from(error);
  const [line = ""] = message.split("\n");
  if (code !== "unavailable") return line;
  return `No server answers at ${url} (${line.replace(/[.]$/, "")}). Start one with roomline serve, or correct --url.`;
}
