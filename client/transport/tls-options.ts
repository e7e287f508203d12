/** Certificates of a client, in PEM. */
export interface GrpcTlsOptions {
  /** Who may sign the server's certificate. Default: the authorities Node knows. */
  readonly ca?: string | Uint8Array;
  /** The client's own certificate and key, for servers that want one (mutual TLS). */
  readonly cert?: string | Uint8Array;
  readonly key?: string | Uint8Array;
  /** The name the server's certificate must have. Default: the host of the target. */
  readonly serverName?: string;
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
