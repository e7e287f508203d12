import type { connectNodeAdapter } from "@connectrpc/connect-node";

/** Answers what comes to the port and is not the realtime stream, over HTTP/1 and HTTP/2. */
export type RequestHandler = ReturnType<typeof connectNodeAdapter>;

/** A request of HTTP/1 or HTTP/2. */
export type PortRequest = Parameters<RequestHandler>[0];

/** The answer to a {@link PortRequest}, with what the two protocols have in common. */
export type PortResponse = Parameters<RequestHandler>[1];
