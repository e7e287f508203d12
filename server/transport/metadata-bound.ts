import { tokenBytesMax } from "../../shared/token.ts";

/** Headers that may hold a token, which has a bound of its own: as it is, or in base64. */
const tokenHeaders: Readonly<Record<string, true | undefined>> = {
  authorization: true,
  "sec-websocket-protocol": true,
};

/** What all headers of a request can come to, with a token among them. */
export function headerBytesMax(metadataBytesMax: number): number {
  return metadataBytesMax + Math.ceil((tokenBytesMax * 4) / 3);
}

/**
 * What is wrong with the headers of a request, in a line; undefined: they keep to the bound. `rawHeaders`: names and values in turn.
 */
export function metadataFault(
  rawHeaders: readonly string[],
  metadataBytesMax: number,
): string | undefined {
  let bytes = 0;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = "", value = ""] = [rawHeaders[at], rawHeaders[at + 1]];
    if (tokenHeaders[name.toLowerCase()] === undefined) bytes += name.length + value.length;
  }
  return bytes <= metadataBytesMax ? undefined : metadataRefusal(metadataBytesMax);
}

/** The line that a request with too much in its headers is answered with. */
export function metadataRefusal(metadataBytesMax: number): string {
  return `The headers of a request may have ${metadataBytesMax} bytes (limits.metadataBytesMax), and a token ${tokenBytesMax}.`;
}
