/** Names of the realtime stream on WebSocket, the same at both ends. */

/** The path of the upgrade (rule WS-1). */
export const webSocketPath = "/connect";

/** The sub-protocol a server answers with when a client offers any (rule WS-3). */
export const webSocketProtocol = "roomline.v1";

/** A sub-protocol that begins like this carries a token, in base64url, for clients that can set no headers (rule WS-3). */
export const tokenProtocolPrefix = "roomline.token.";
