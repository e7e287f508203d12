import { RoomlineError } from "../shared/errors.ts";
import { checkNames, type NamesOf } from "../shared/known-names.ts";
import { commonOptionNames, type CommonConnectOptions } from "./connect-over.ts";
import type { Surroundings } from "./lifecycle/surroundings.ts";
import type { GrpcTlsOptions } from "./transport/tls-options.ts";

/** Options of `connect`, the same on Node and in browsers. */
export interface ConnectOptions extends CommonConnectOptions {
  /**
   * What carries the frames. Default: in browsers, and for http(s):// and ws(s)://, "websocket"; on Node for `HOST:PORT`,
   * "grpc". Browsers have no other than "websocket".
   */
  readonly transport?: "grpc" | "websocket";
  /** On Node: speaks TLS with these. Without, `HOST:PORT` is reached in clear text. Browsers have certificates of their own. */
  readonly tls?: GrpcTlsOptions;
  /**
   * While nobody sees the page, the server keeps back all events and state; they come when somebody does again. Events
   * wait as long as the room's log has them. Default false. On Node there is no page that could be hidden.
   */
  readonly pauseWhenHidden?: boolean;
  /** What is around the client. Default: the page; on Node nothing that changes. */
  readonly surroundings?: Surroundings;
}

const optionNames: NamesOf<ConnectOptions> = {
  ...commonOptionNames,
  transport: true,
  tls: true,
  pauseWhenHidden: true,
  surroundings: true,
};

/**
 * The two forms in which `connect` is called, as one.
 *
 * @throws RoomlineError `invalid-config`: it was called in another, or with an option that there is not
 */
export function readConnectArguments(
  first: string | ConnectOptions | undefined,
  second: ConnectOptions | undefined,
): { readonly target: string | undefined; readonly options: ConnectOptions } {
  const isAddress = typeof first === "string" || first === undefined;
  if (!isAddress && second !== undefined) {
    const message = "connect() takes an address and options, in this order, or options alone.";
    throw new RoomlineError("invalid-config", message);
  }
  const options = isAddress ? (second ?? {}) : first;
  checkNames("connect", options, optionNames);
  return { target: isAddress ? first : undefined, options };
}
