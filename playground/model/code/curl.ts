import type { PlayedCall } from "./played-call.ts";

/** The call for curl. */
export function curlCode(call: PlayedCall): string {
  return `# ${JSON.stringify(call.url)}\n`;
}
