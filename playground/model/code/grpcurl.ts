import type { PlayedCall } from "./played-call.ts";

/** The call for grpcurl. */
export function grpcurlCode(call: PlayedCall): string {
  return `# ${JSON.stringify(call.url)}\n`;
}
