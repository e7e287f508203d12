/** The longest token, in bytes, on every transport and in every service (rule HS-3). With a Hello around it, it fits a frame. */
export const tokenBytesMax = 61_440;

/** What is wrong with a token, in a line that does not show it; undefined: nothing that could be seen. */
export function tokenFault(token: string): string | undefined {
  if (token.length * 3 <= tokenBytesMax) return undefined;
  const bytes = new TextEncoder().encode(token).length;
  if (bytes <= tokenBytesMax) return undefined;
  return `The token has ${bytes} bytes, more than a token may have: ${tokenBytesMax}.`;
}
