import type { Transport } from "@connectrpc/connect";

/** A way to a server for calls, used for one try. */
export interface CallLine {
  readonly transport: Transport;
  /** Lets go of what only this line used; a call under way breaks. */
  close(): void;
}

/** Makes ways to one server. */
export interface CallDialer {
  readonly target: string;
  /** What is wrong with the server or the way to it shows in the calls. */
  dial(): CallLine;
}
