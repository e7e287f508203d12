import type { ServerOptions } from "node:https";
import { RoomlineError, messageOf } from "../../shared/errors.ts";

/** Certificates of a port, in PEM. */
export interface TlsConfig {
  /** The server's certificate, with its chain. */
  readonly cert: string | Uint8Array;
  readonly key: string | Uint8Array;
  /** Who may sign clients' certificates. */
  readonly ca?: string | Uint8Array;
  /** Whether clients must show a certificate signed by `ca` (mutual TLS). */
  readonly requireClientCertificate?: boolean;
}

/** The options of Node's TLS server for these certificates. The client chooses the protocol with ALPN. */
export function tlsServerOptions(tls: TlsConfig, handshakeTimeoutMs: number): ServerOptions {
  const mutual = tls.requireClientCertificate === true;
  return {
    cert: asPem("cert", tls.cert),
    key: asPem("key", tls.key),
    ...(tls.ca !== undefined && { ca: asPem("ca", tls.ca) }),
    requestCert: mutual,
    rejectUnauthorized: mutual,
    minVersion: "TLSv1.2",
    ALPNProtocols: ["h2", "http/1.1"],
    handshakeTimeout: handshakeTimeoutMs,
  };
}

/** Of a caller whom no compiler has told what it has to be, it may be anything. */
function asPem(name: string, value: unknown): string | Buffer {
  if (typeof value === "string" && value !== "") return value;
  if (value instanceof Uint8Array && value.length > 0) return Buffer.from(value);
  throw new TypeError(`${name} is missing or empty`);
}

/** What Node says of certificates it cannot use, as one line that names the option. */
export function tlsError(cause: unknown): RoomlineError {
  const advice = "tls has to have cert and key in PEM, the key of that certificate.";
  return new RoomlineError("invalid-config", `tls cannot be used: ${messageOf(cause)}; ${advice}`, {
    cause,
  });
}
