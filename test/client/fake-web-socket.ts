import type { WebSocketLike } from "../../client/transport/websocket-like.ts";

/** A WebSocket as browsers have it, done by hand: nothing of it can pause or break. */
export class FakeWebSocket implements WebSocketLike {
  readyState = 0;
  bufferedAmount = 0;
  readonly sent: Uint8Array[] = [];
  readonly closed: (readonly [code: number, reason: string])[] = [];
  readonly #listeners = new Map<string, (event: never) => void>();

  addEventListener(type: string, listener: (event: never) => void): void {
    this.#listeners.set(type, listener);
  }

  send(data: Uint8Array): void {
    this.sent.push(data);
    this.bufferedAmount += data.length;
  }

  close(code: number, reason: string): void {
    this.closed.push([code, reason]);
  }

  /** Something happens to it. */
  fire(type: "open" | "message" | "error" | "close", event: object = {}): void {
    if (type === "open") this.readyState = 1;
    if (type === "close") this.readyState = 3;
    this.#listeners.get(type)?.(event as never);
  }

  /** A binary message comes. */
  receive(...bytes: number[]): void {
    this.fire("message", { data: Uint8Array.from(bytes).buffer });
  }
}
