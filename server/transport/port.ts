import type { IncomingHttpHeaders, Server } from "node:http";
import { constants, Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { createServer as createTcpServer, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Clock } from "../../shared/clock.ts";
import { realtimePath } from "../../shared/transport/grpc-names.ts";
import type { Limits } from "../../shared/limits.ts";
import type { EntryReason, OnRefused } from "../observe/refusals.ts";
import type { TransportAcceptor } from "../../shared/transport/transport.ts";
import { DeadlineQueue } from "./deadline-queue.ts";
import { GrpcFront } from "./grpc/front.ts";
import type { AnswerCall } from "./grpc/call.ts";
import { Http2Front, type Http2Request } from "./http2/front.ts";
import { listen, type ListenAddress, type Listening, type ListenTarget } from "./listen.ts";
import type { Misuse } from "./misuse-counter.ts";
import { createPortServer, type UpgradeHandler } from "./port-server.ts";
import { sniffProtocol } from "./protocol-sniffer.ts";
import { containedHandler } from "./contained-handler.ts";
import { proxyPaceParts, readCost, readPaceParts, type ReadPaceParts } from "./read-pace.ts";
import type { RequestHandler } from "./request-handler.ts";
import { tellOfPeer } from "./request-socket.ts";
import type { TlsConfig } from "./tls-options.ts";
import { LoopTurns } from "./loop-turns.ts";
import { refuseStream } from "./request-refusal.ts";
import { transportLimits, type TransportLimits } from "./transport-limits.ts";
import { noProxies, type TrustedProxies } from "./trusted-proxies.ts";
import { peerAddressOf } from "./peer-info.ts";
import { Visitors } from "./visitors.ts";

/** Where a port listens, and how. */
interface PortConfig extends ListenTarget {
  readonly tls?: TlsConfig;
}

/** Why a port ended a connection by itself. */
export type CutCause = Misuse | "ping-timeout" | "idle" | "silent";

/** What a port is given, once. */
export interface PortParts {
  readonly config: PortConfig;
  readonly limits: Limits;
  readonly clock: Clock;
  /** Takes the realtime streams. */
  readonly acceptor: TransportAcceptor;
  /** Answers everything else, over HTTP/1 and HTTP/2. */
  readonly requestHandler: RequestHandler;
  /** Answers plain gRPC calls of methods with streams as responses, by path, in place of `requestHandler`. */
  readonly calls?: ReadonlyMap<string, AnswerCall>;
  /** Takes HTTP/1 Upgrade requests, for WebSocket. Without it they are answered like any request. */
  readonly upgradeHandler?: UpgradeHandler;
  /** Hears of connections the port ended, and whose they were: for logs and counters. */
  onCut?(cause: CutCause, address: string | undefined): void;
  /** Proxies whose word is taken on where a request comes from. Default: none. */
  readonly proxies?: TrustedProxies;
  /** Hears of requests that are refused before anybody is asked. */
  readonly onRefused?: OnRefused;
  /** Bounds that tests set lower. */
  readonly transportLimits?: Partial<TransportLimits>;
}

/** One TCP port for everything: gRPC, Connect, plain HTTP, and WebSocket through its upgrade. */
export interface Port {
  /** What is open now. */
  readonly usage: PortUsage;
  /** Starts; resolves to where it listens. Rejects with a RoomlineError that says what to do. */
  listen(): Promise<ListenAddress>;
  /** Takes connections that somebody else has accepted, by {@link adopt}, in place of listening. */
  takeAdopted(): void;
  /** A connection that was accepted elsewhere, of which nothing has been read. */
  adopt(socket: Socket): void;
  /** Takes no new connections; those there are go on. */
  stopListening(): void;
  /** Stops listening, lets what is under way end for a moment, then cuts the rest. Resolves when no socket is left. */
  close(): Promise<void>;
  /** Cuts every connection, from the next turn of the event loop on. */
  destroyAll(): void;
}

/** Counts of what a port has open. */
interface PortUsage {
  readonly sockets: number;
  readonly http2Connections: number;
  readonly http2Streams: number;
  /** Sockets that have not said what they speak. */
  readonly undecided: number;
  /** Streams and refusals whose end the peer has yet to read. */
  readonly lingering: number;
}

/**
 * Creates a {@link Port}; it listens when told to.
 * @throws RoomlineError `invalid-config`: the certificates cannot be used
 */
export function createPort(parts: PortParts): Port {
  return new TcpPort(parts);
}

/** Requests that begin in one turn of the event loop: half a millisecond or one. */
const requestsPerTurn = 2;

class TcpPort implements Port {
  readonly #parts: PortParts;
  readonly #requestHandler: RequestHandler;
  readonly #lingerMs: number;
  readonly #visitors: Visitors;
  readonly #turns: LoopTurns;
  readonly #server: Server;
  readonly #http2: Http2Front;
  readonly #sniffing: DeadlineQueue;
  readonly #grpc: GrpcFront;
  readonly #sockets = new Set<Socket>();
  #listening: Listening | undefined;
  #closed: Promise<void> | undefined;

  constructor(parts: PortParts) {
    const { clock, limits, config, upgradeHandler } = parts;
    const bounds = { ...transportLimits, ...parts.transportLimits };
    this.#parts = parts;
    this.#requestHandler = containedHandler(parts.requestHandler);
    this.#lingerMs = bounds.lingerMs;
    this.#sniffing = new DeadlineQueue(clock, limits.helloTimeoutMs);
    const { acceptor, onRefused, proxies = noProxies } = parts;
    const pace = readPaceParts(clock, limits, bounds);
    const proxyPace = proxyPaceParts(pace);
    const paceOf = ({ remoteAddress = "" }: Socket): ReadPaceParts =>
      proxies.trusts(remoteAddress) ? proxyPace : pace;
    this.#turns = new LoopTurns(clock, requestsPerTurn);
    this.#visitors = new Visitors({ clock, limits, proxies });
    this.#grpc = new GrpcFront({
      acceptor,
      clock,
      limits,
      transportLimits: bounds,
      proxies,
      onRefused,
    });
    this.#http2 = new Http2Front({
      clock,
      limits,
      transportLimits: bounds,
      paceOf,
      onCut: (cause, address) => this.#cut(cause, address),
      onStream: (request) => this.#contain(request),
    });
    this.#server = createPortServer({
      limits,
      transportLimits: bounds,
      tls: config.tls,
      onRequest: this.#requestHandler,
      mayAsk: ({ socket, headers }) => this.#mayAsk(socket, headers),
      paceOf,
      turns: this.#turns,
      onFlood: (address) => this.#cut("frame-flood", address),
      onUpgrade: upgradeHandler && containedUpgrade(upgradeHandler),
      onRefused: parts.onRefused,
      onConnection: (socket, serveHttp1) => this.#onConnection(socket, serveHttp1),
    });
    // Before TLS: these are all the sockets there are. And before whoever goes on with one.
    this.#server.prependListener("connection", (socket: Socket) => {
      const refusal = this.#visitors.arrive(socket);
      if (refusal !== undefined) {
        this.#refuse("address-capacity", refusal, socket.remoteAddress);
        socket.destroy();
      }
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  get usage(): PortUsage {
    return {
      sockets: this.#sockets.size,
      http2Connections: this.#http2.connections,
      http2Streams: this.#http2.streams,
      undecided: this.#sniffing.size,
      lingering: this.#grpc.lingering,
    };
  }

  async listen(): Promise<ListenAddress> {
    this.#listening = await listen(this.#server, this.#parts.config, () =>
      createTcpServer((socket) => this.adopt(socket)),
    );
    return this.#listening.address;
  }

  takeAdopted(): void {
    // Its timeouts for slow requests begin with it.
    this.#server.emit("listening");
  }

  adopt(socket: Socket): void {
    const { maxConnections } = this.#server;
    if (this.#sockets.size < maxConnections) {
      this.#server.emit("connection", socket);
      return;
    }
    const { remoteAddress } = socket;
    this.#server.emit("drop", { remoteAddress });
    socket.destroy();
  }

  stopListening(): void {
    this.#listening?.stop();
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      const cutting = this.#parts.clock.setTimer(() => this.destroyAll(), this.#lingerMs);
      // An error says that it was not listening any more; the call comes when the last socket is gone in any case.
      const whenEmpty = (): void => {
        // The server says so a moment before its last socket does, and that one a moment before its session.
        if (this.#sockets.size > 0 || this.#http2.connections > 0)
          this.#parts.clock.setTimer(whenEmpty, 1);
        else {
          cutting.cancel();
          resolve();
        }
      };
      this.stopListening();
      this.#server.close(whenEmpty);
      this.#http2.close();
    });
    return this.#closed;
  }

  destroyAll(): void {
    this.#parts.clock.defer(() => {
      for (const socket of this.#sockets) socket.destroy();
    });
  }

  #onConnection(socket: Socket, serveHttp1: (socket: Socket) => void): void {
    // Refused when it came: it costs no more than that.
    if (socket.destroyed) return;
    const http2 = (accepted: Socket): void => this.#http2.take(accepted);
    if (socket instanceof TLSSocket && socket.alpnProtocol === "h2") {
      http2(socket);
      return;
    }
    sniffProtocol(socket, {
      servers: { http1: serveHttp1, http2 },
      deadlines: this.#sniffing,
      onSilent: () => this.#cut("silent", socket.remoteAddress),
    });
  }

  /** Why a request is not answered, in a line; undefined: it is. */
  #mayAsk(socket: Socket, headers: IncomingHttpHeaders): string | undefined {
    const { proxies = noProxies } = this.#parts;
    const address = peerAddressOf(socket, headers, proxies);
    const refusal = this.#visitors.ask(address);
    if (refusal !== undefined) this.#refuse("request-rate", refusal, address);
    return refusal;
  }

  #cut(cause: CutCause, address: string | undefined): void {
    const isGone = cause === "idle" || cause === "ping-timeout";
    // What breaks the rules is mostly a mistake.
    if (!isGone) this.#visitors.misbehaved(address, cause === "http2-fault" ? "fault" : "flood");
    this.#parts.onCut?.(cause, address);
  }

  #refuse(reason: EntryReason, message: string, address: string | undefined): void {
    this.#parts.onRefused?.({ act: "entry", reason, message, fields: { address } });
  }

  /** Whatever fails while a stream begins ends that stream, and nothing else. */
  #contain(request: Http2Request): void {
    try {
      this.#onStream(request);
    } catch {
      request.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    }
  }

  #onStream(request: Http2Request): void {
    const { stream, headers, rawHeaders, connection } = request;
    if (headers[":path"] === realtimePath) {
      this.#grpc.accept(request);
      return;
    }
    const answer = this.#parts.calls?.get(headers[":path"] ?? "");
    if (answer !== undefined && this.#mayBegin(request) && this.#grpc.acceptCall(request, answer))
      return;
    this.#turns.add(() => {
      if (stream.destroyed || stream.closed || !this.#mayBegin(request)) return;
      const asked = new Http2ServerRequest(stream, headers, {}, rawHeaders);
      tellOfPeer(asked, connection.socket);
      this.#requestHandler(asked, new Http2ServerResponse(stream));
    });
  }

  /** Whether a request is answered; it is refused otherwise. */
  #mayBegin({ stream, headers, connection }: Http2Request): boolean {
    const refusal = this.#mayAsk(connection.socket, headers);
    if (refusal === undefined) return true;
    connection.spend(readCost.refused);
    refuseStream(stream, headers, { status: 429, message: refusal });
    return false;
  }
}

function containedUpgrade(handler: UpgradeHandler): UpgradeHandler {
  return (request, socket, head) => {
    try {
      handler(request, socket, head);
    } catch {
      socket.destroy();
    }
  };
}
