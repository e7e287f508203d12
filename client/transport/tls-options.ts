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
