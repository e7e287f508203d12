import http2, {
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { Socket } from "node:net";
import type { Clock } from "../../../shared/clock.ts";
import type { Limits } from "../../../shared/limits.ts";
import { headerBytesMax, metadataFault } from "../metadata-bound.ts";
import { bracketedAuthority } from "./authority.ts";
import { DeadlineQueue } from "../deadline-queue.ts";
import { Http2Gate } from "./gate.ts";
import { Http2Connection, type Http2ConnectionParts } from "./connection.ts";
import type { ReadPaceParts } from "../read-pace.ts";
import { refuseStream } from "../request-refusal.ts";
import { SweptSet } from "../swept-set.ts";
import type { TransportLimits } from "../transport-limits.ts";

interface Http2FrontParts {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly transportLimits: TransportLimits;
  paceOf(socket: Socket): ReadPaceParts;
  readonly onCut: Http2ConnectionParts["onCut"];
  /** A stream has begun. It has an error listener already. */
  onStream(request: Http2Request): void;
}

/** A stream, and the request it began with. */
export interface Http2Request {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly connection: Http2Connection;
}

/** The HTTP/2 side of a port: takes sockets, gives streams, looks after the connections. */
export class Http2Front {
  readonly #parts: Http2FrontParts;
  readonly #server: http2.Http2Server;
  /** The same for all connections, so made once. */
  readonly #connectionParts: Http2ConnectionParts;
  /** Connections that have ended on our side. */
  readonly #lingering: DeadlineQueue;
  readonly #connections: SweptSet<Http2Connection>;
  /** The socket whose session is being made. The session's own is not the one that knows the peer's address. */
  #taking: { readonly socket: Socket; readonly gate: Http2Gate } | undefined;

  constructor(parts: Http2FrontParts) {
    this.#parts = parts;
    const { clock, onCut } = parts;
    this.#connections = new SweptSet(clock, parts.limits, (connection, nowMs) => {
      connection.sweep(nowMs);
    });
    const bounds = { ...parts.limits, ...parts.transportLimits };
    this.#connectionParts = { clock, bounds, onCut };
    this.#lingering = new DeadlineQueue(clock, parts.transportLimits.lingerMs);
    this.#server = http2.createServer(serverOptions(parts));
    this.#server.on("session", (session) => this.#addSession(session));
    this.#server.on("sessionError", () => undefined);
  }

  /** Open HTTP/2 connections. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Open streams on all of them. */
  get streams(): number {
    let streams = 0;
    for (const connection of this.#connections) streams += connection.streams;
    return streams;
  }

  /** Goes on with a socket whose next bytes are the HTTP/2 preface. */
  take(socket: Socket): void {
    const { limits, transportLimits } = this.#parts;
    const gate = new Http2Gate(socket, {
      receiveWindowBytes: limits.receiveWindowBytes,
      requestFramesMax: transportLimits.requestFramesMax,
      lingering: this.#lingering,
      pace: this.#parts.paceOf(socket),
    });
    this.#taking = { socket, gate };
    this.#server.emit("connection", gate.duplex);
    this.#taking = undefined;
  }

  /** Lets every connection end after its streams. */
  close(): void {
    for (const connection of this.#connections) connection.close();
  }

  #onStream(request: Http2Request): void {
    const { stream, connection, headers } = request;
    const authority = headers[":authority"];
    if (typeof authority === "string") headers[":authority"] = bracketedAuthority(authority);
    stream.on("error", () => undefined);
    connection.addStream(stream);
    // Its client may have taken it back already: nothing can be answered any more.
    if (!stream.closed && !stream.destroyed) this.#begin(request);
    if (stream.id !== undefined) connection.hasBegun(stream.id);
  }

  #begin(request: Http2Request): void {
    const fault = metadataFault(request.rawHeaders, this.#parts.limits.metadataBytesMax);
    if (fault === undefined) this.#parts.onStream(request);
    else refuseStream(request.stream, request.headers, { status: 431, message: fault });
  }

  #addSession(session: ServerHttp2Session): void {
    if (this.#taking === undefined) return;
    const connection = new Http2Connection(session, this.#taking, this.#connectionParts);
    this.#connections.add(connection);
    session.setLocalWindowSize(this.#parts.limits.receiveWindowBytes);
    // Not the server's own event: a stream that was reset in the packet it began with knows its session no more.
    session.on(
      "stream",
      (
        stream: ServerHttp2Stream,
        headers: IncomingHttpHeaders,
        _flags: number,
        rawHeaders: string[],
      ) => this.#onStream({ stream, headers, rawHeaders, connection }),
    );
    session.on("close", () => this.#connections.delete(connection));
  }
}

function serverOptions({ limits, transportLimits }: Http2FrontParts): http2.ServerOptions {
  return {
    settings: {
      maxConcurrentStreams: limits.streamsPerConnectionMax,
      initialWindowSize: limits.receiveWindowBytes,
      maxHeaderListSize: headerBytesMax(limits.metadataBytesMax),
      // A stream has one set of headers each way, so a compression table would never pay for its memory.
      headerTableSize: 0,
      enablePush: false,
    },
    maxDeflateDynamicTableSize: 0,
    maxHeaderListPairs: transportLimits.headersMax,
    maxOutstandingPings: transportLimits.outstandingPingsMax,
    maxSessionInvalidFrames: transportLimits.invalidFramesMax,
    maxSessionRejectedStreams: transportLimits.rejectedStreamsMax,
  };
}
