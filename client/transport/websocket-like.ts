/**
 * What we use of a WebSocket. The browser's own is one, and so is the class of `ws` on Node; what only the latter has is
 * optional.
 */
export interface WebSocketLike {
  /** 0 connecting, 1 open, 2 closing, 3 closed, as the WebSocket standard counts them. */
  readonly readyState: number;
  /** Bytes given to `send` that the network has not taken. */
  readonly bufferedAmount: number;
  addEventListener(type: "open", listener: () => void): void;
  addEventListener(type: "error", listener: (event: { readonly message?: string }) => void): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(
    type: "close",
    listener: (event: { readonly code: number; readonly reason: string }) => void,
  ): void;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(code: number, reason: string): void;
  /** Breaks the connection, with no close frame. */
  terminate?(): void;
  /** Stops reading from the network, and goes on. */
  pause?(): void;
  resume?(): void;
}

/**
 * Opens a WebSocket that gives binary messages as ArrayBuffer or Uint8Array. Metadata goes into the headers where that is
 * possible; all that matters is in Hello as well.
 */
export type OpenWebSocket = (
  url: string,
  protocol: string,
  metadata: ReadonlyMap<string, string>,
) => WebSocketLike;
