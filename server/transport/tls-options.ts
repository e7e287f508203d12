import type { ServerOptions } from "node:https";

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
    cert: asPem(tls.cert),
    key: asPem(tls.key),
    ...(tls.ca !== undefined && { ca: asPem(tls.ca) }),
    requestCert: mutual,
    rejectUnauthorized: mutual,
    minVersion: "TLSv1.2",
    ALPNProtocols: ["h2", "http/1.1"],
    handshakeTimeout: handshakeTimeoutMs,
  };
}

function asPem(value: string | Uint8Array): string | Buffer {
  return typeof value === "string" ? value : Buffer.from(value);
}
