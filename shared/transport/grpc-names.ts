/** Names on gRPC and HTTP, the same at both ends. */

/** The HTTP/2 path of RealtimeService.Connect. */
export const realtimePath = "/roomline.v1.RealtimeService/Connect";

/** Trailer: the number of the close reason (rules CL). */
export const closeCodeTrailer = "roomline-close-code";

/** Trailer: the detail of a close, percent-encoded like grpc-message. */
export const closeDetailTrailer = "roomline-close-reason";

/**
 * Request metadata: `1` says that the client takes the close reason from the trailers above, so the stream may end with
 * grpc-status 0. For libraries that throw away unread messages when another status comes, as grpc-js does.
 */
export const closeInTrailersHeader = "roomline-close-in-trailers";

/** Metadata in which every failed call of a service carries the name of its error: by it the server is known as such. */
export const errorNameHeader = "roomline-error";

/** Metadata with the reason of that error, percent-encoded like grpc-message; left out when it has none. */
export const errorReasonHeader = "roomline-error-reason";

/** gRPC status codes that the transport itself ends calls with. */
export const grpcStatus = {
  ok: 0,
  deadlineExceeded: 4,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
} as const;

/** The longest detail that travels, in characters; the rest is cut off. */
const detailLengthMax = 512;

const utf8 = new TextEncoder();

/** Percent-encodes for grpc-message: every byte of the UTF-8 but printable ASCII, and `%` itself. */
export function encodeDetail(detail: string): string {
  let encoded = "";
  for (const byte of utf8.encode(detail.slice(0, detailLengthMax))) {
    const plain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    encoded += plain
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}

/** The text that {@link encodeDetail} encoded; what is not well encoded stays as it is. */
export function decodeDetail(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
