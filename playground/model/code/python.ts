import type { PlayedCall } from "./played-call.ts";

/** The call for python. */
export function pythonCode(call: PlayedCall): string {
  return `# ${JSON.stringify(call.url)}\n`;
}
