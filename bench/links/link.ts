import type { Socket } from "node:net";

/** One connection of the load generator: the framing of a protocol by hand, so that the generator stays light. */
export interface Link {
  /** Sends one message. */
  readonly send: (message: Uint8Array) => void;
  /** For what is below messages: counting bytes, not reading, being cut. */
  readonly socket: Socket;
}

/** What a link tells. */
export interface LinkEvents {
  /** A whole message, a view that is good until this returns. */
  onMessage(message: Buffer): void;
  /** The connection is over, and nobody here ended it. */
  onEnd(reason: string): void;
}

/** Opens a link to a port of this machine. */
export type OpenLink = (port: number, events: LinkEvents) => Promise<Link>;

/** Where everything listens. */
export const loopback = "127.0.0.1";
