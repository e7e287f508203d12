import { RoomlineError } from "../../shared/errors.ts";
import { parseTarget } from "../../shared/transport/server-target.ts";
import type { GrpcTlsOptions } from "./tls-options.ts";

/**
 * How TLS is spoken to a target: as the options say, or as Node does by itself where the target says https:// or wss://.
 * Undefined: in clear text.
 *
 * @throws RoomlineError `invalid-config`: the target says that it is in clear text, the options that it is not
 */
export function tlsTo(target: string, tls: GrpcTlsOptions | undefined): GrpcTlsOptions | undefined {
  const { secure } = parseTarget(target);
  if (secure !== false) return secure === true ? (tls ?? {}) : tls;
  if (tls === undefined) return undefined;
  const message = `There are options for TLS, but "${target}" is in clear text: write https:// or wss://.`;
  throw new RoomlineError("invalid-config", message);
}

/** The same as Node's own TLS takes it. */
export function nodeTlsOptions({ ca, cert, key, serverName }: GrpcTlsOptions = {}) {
  return {
    ...(ca !== undefined && { ca: asPem(ca) }),
    ...(cert !== undefined && { cert: asPem(cert) }),
    ...(key !== undefined && { key: asPem(key) }),
    ...(serverName !== undefined && { servername: serverName }),
  };
}

function asPem(value: string | Uint8Array): string | Buffer {
  return typeof value === "string" ? value : Buffer.from(value);
}
