import { Client, credentials, Metadata, type ChannelOptions } from "@grpc/grpc-js";
import { createSecureContext } from "node:tls";
import { createSystemClock, type Clock } from "../../shared/clock.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { closeInTrailersHeader, realtimePath } from "../../shared/transport/grpc-names.ts";
import { parseTarget } from "../../shared/transport/server-target.ts";
import type { TransportDialer } from "../../shared/transport/transport.ts";
import { GrpcClientStream, type RealtimeCall } from "./grpc-client-stream.ts";
import { holdSocket } from "./socket-holder.ts";
import { nodeTlsOptions, tlsTo } from "./node-tls.ts";
import type { GrpcTlsOptions } from "./tls-options.ts";

/** How a dialer reaches its server. */
export interface GrpcDialerOptions {
  /**
   * `HOST:PORT`, with a path behind it if a proxy has the server below one; `http://HOST` or `https://HOST`; or a name for
   * one of the resolvers of grpc-js, such as `dns:HOST` or `unix:PATH`.
   */
  readonly target: string;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Speaks TLS with these; without, the connection is in clear text. */
  readonly tls?: GrpcTlsOptions;
  /** The largest frame taken from the server, in bytes. Default 8 MiB. */
  readonly frameBytesMax?: number;
  /** Bytes the server may send ahead of our reading. From 65_535. Default 1 MiB. */
  readonly receiveWindowBytes?: number;
  /** How often a silent connection is pinged, in milliseconds; servers refuse less than 15_000. Default 30_000. */
  readonly pingIntervalMs?: number;
  /** How long the answer to a ping may take, in milliseconds. Default 10_000. */
  readonly pingTimeoutMs?: number;
  /** How long an orderly close waits for the server, in milliseconds. Default 2_000. */
  readonly lingerMs?: number;
}

/**
 * Creates a dialer that speaks gRPC. Each stream has a channel, and so a TCP connection, of its own, closed with it.
 *
 * @throws RoomlineError `invalid-config`
 */
export function createGrpcDialer(options: GrpcDialerOptions): TransportDialer {
  const { target, clock = createSystemClock(), lingerMs = 2_000 } = options;
  const { address, prefix, tls } = wayTo(target, options.tls);
  const secureContext = tls && createSecureContext(nodeTlsOptions(tls));
  const channelOptions = channelOptionsOf(options);
  const connect = (metadata: Metadata): RealtimeCall => {
    const channelCredentials =
      secureContext === undefined
        ? credentials.createInsecure()
        : credentials.createFromSecureContext(secureContext);
    const socket = holdSocket(channelCredentials);
    const client = new Client(address, channelCredentials, channelOptions);
    const stream = client.makeBidiStreamRequest(
      `${prefix}${realtimePath}`,
      asBuffer,
      asIs,
      metadata,
    );
    return {
      stream,
      release() {
        // The socket first: a cancelled call says goodbye to the server, a broken one does not.
        socket.destroy();
        stream.cancel();
        client.close();
      },
    };
  };
  return {
    target,
    dial(metadata) {
      return new GrpcClientStream({ call: connect(grpcMetadata(metadata)), clock, lingerMs });
    },
  };
}

/** Names that grpc-js has a resolver for. */
const resolverName = /^(dns|unix|unix-abstract|ipv4|ipv6|xds):(?!\d+$)/;

/** What grpc-js is told of a target. */
function wayTo(target: string, tls: GrpcTlsOptions | undefined) {
  if (resolverName.test(target)) return { address: target, prefix: "", tls };
  const { hostname, port, secure, speaks, prefix } = parseTarget(target);
  const known = port ?? (secure === undefined ? undefined : secure ? 443 : 80);
  if (known === undefined || speaks === "websocket") {
    const message = `For gRPC the address is HOST:PORT, or http(s)://HOST, not "${target}".`;
    throw new RoomlineError("invalid-config", message);
  }
  return { address: `${hostname}:${known}`, prefix, tls: tlsTo(target, tls) };
}

function channelOptionsOf(options: GrpcDialerOptions): ChannelOptions {
  return {
    // One channel, one connection: what breaks, breaks for one player.
    "grpc.use_local_subchannel_pool": 1,
    // The session comes back by itself, and knows what was lost.
    "grpc.enable_retries": 0,
    "grpc.enable_channelz": 0,
    "grpc.service_config_disable_resolution": 1,
    "grpc.max_receive_message_length": options.frameBytesMax ?? 8_388_608,
    "grpc.max_send_message_length": -1,
    "grpc-node.flow_control_window": options.receiveWindowBytes ?? 1_048_576,
    "grpc.keepalive_time_ms": options.pingIntervalMs ?? 30_000,
    "grpc.keepalive_timeout_ms": options.pingTimeoutMs ?? 10_000,
    ...(options.tls?.serverName !== undefined && {
      "grpc.ssl_target_name_override": options.tls.serverName,
    }),
  };
}

function grpcMetadata(entries: ReadonlyMap<string, string>): Metadata {
  const metadata = new Metadata();
  metadata.set(closeInTrailersHeader, "1");
  for (const [name, value] of entries) {
    try {
      metadata.set(name, value);
    } catch (error) {
      throw RoomlineError.from(error, "invalid-argument");
    }
  }
  return metadata;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function asIs(bytes: Buffer): Uint8Array {
  return bytes;
}
