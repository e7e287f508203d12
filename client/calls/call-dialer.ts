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
  /** Never fails: what is wrong shows in the calls. */
  dial(): CallLine;
}
