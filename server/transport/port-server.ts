import {
  createServer,
  ServerResponse,
  type IncomingMessage,
  type Server,
  type ServerOptions,
} from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { DropArgument, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Limits } from "../../shared/limits.ts";
import type { EntryReason, OnRefused } from "../observe/refusals.ts";
import { Http1Feed } from "./http1-feed.ts";
import { headerBytesMax, metadataFault, metadataRefusal } from "./metadata-bound.ts";
import { readCost, type ReadPaceParts } from "./read-pace.ts";
import { refuseRequest } from "./request-refusal.ts";
import { tlsError, tlsServerOptions, type TlsConfig } from "./tls-options.ts";
import type { TransportLimits } from "./transport-limits.ts";
import type { RequestHandler } from "./request-handler.ts";
import type { LoopTurns } from "./loop-turns.ts";

/** Takes a socket that left HTTP/1 by an Upgrade request; `head` is what came after the request. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

interface PortServerParts {
  readonly limits: Limits;
  readonly transportLimits: TransportLimits;
  readonly tls: TlsConfig | undefined;
  readonly onRequest: RequestHandler;
  readonly onUpgrade: UpgradeHandler | undefined;
  /** Why a request is not answered, in a line; undefined: it is. */
  mayAsk(request: IncomingMessage): string | undefined;
  paceOf(socket: Socket): ReadPaceParts;
  readonly turns: LoopTurns;
  /** A peer sent more than is read of it, and is cut off (rule FL-3). */
  onFlood(address: string | undefined): void;
  readonly onRefused: OnRefused | undefined;
  /** A connection, through with TLS if there is any. `serveHttp1` goes on with it as HTTP/1. */
  onConnection(socket: Socket, serveHttp1: (socket: Socket) => void): void;
}

/**
 * The server that holds the port. @throws RoomlineError `invalid-config`: its certificates cannot be used.
 *
 * It is the HTTP/1 server, with its own listener for connections taken off: only while
 * it listens itself do its timeouts for slow requests run.
 */
export function createPortServer(parts: PortServerParts): Server {
  const { limits, transportLimits, tls } = parts;
  const options: ServerOptions = {
    maxHeaderSize: headerBytesMax(limits.metadataBytesMax),
    headersTimeout: transportLimits.http1HeadersTimeoutMs,
    requestTimeout: transportLimits.http1RequestTimeoutMs,
    keepAliveTimeout: limits.httpKeepAliveMs,
    connectionsCheckingInterval: transportLimits.http1HeadersTimeoutMs / 2,
  };
  const server =
    tls === undefined
      ? createServer(options)
      : createTlsServer(options, tls, limits.helloTimeoutMs);
  const event = tls === undefined ? "connection" : "secureConnection";
  const feeds = new WeakMap<Duplex, Http1Feed>();
  const http1Listeners = server.listeners(event);
  server.removeAllListeners(event);
  server.on(event, (socket: Socket) => {
    // Whoever works with the socket hears of its end by other ways; this only keeps errors from being uncaught.
    socket.on("error", () => undefined);
    socket.setNoDelay(true);
    // The HTTP/1 server opens its sockets to stay half-open, and looks after their end. The HTTP/2 server does not.
    socket.allowHalfOpen = false;
    parts.onConnection(socket, (accepted) => {
      for (const listener of http1Listeners) Reflect.apply(listener, server, [accepted]);
      const onFlood = (): void => parts.onFlood(accepted.remoteAddress);
      feeds.set(accepted, new Http1Feed(accepted, { pace: parts.paceOf(accepted), onFlood }));
      // It expects a socket that is still fresh; this one has been read from and paused.
      accepted.resume();
    });
  });
  server.maxConnections = limits.connectionsMax + transportLimits.spareSockets;
  answerRequests(server, parts, feeds);
  refuseFaulty(server, parts);
  return server;
}

/** Hands requests on, a few in each turn, and upgrades. */
function answerRequests(
  server: Server,
  parts: PortServerParts,
  feeds: WeakMap<Duplex, Http1Feed>,
): void {
  const { limits, onUpgrade } = parts;
  const { metadataBytesMax } = limits;
  const onRequest = boundedHandler(parts.onRequest, metadataBytesMax);
  server.on("request", (request, response) => {
    // Likewise: whoever reads a request may stop listening just before its error is told.
    request.on("error", () => undefined);
    const feed = feeds.get(request.socket);
    feed?.asked(request, response);
    parts.turns.add(() => {
      if (response.destroyed) return;
      const refusal = parts.mayAsk(request);
      if (refusal === undefined) onRequest(request, response);
      else {
        feed?.spend(readCost.refused);
        refuseRequest(response, request.headers, { status: 429, message: refusal });
      }
    });
  });
  if (onUpgrade !== undefined) {
    server.on("upgrade", (request, socket, first) => {
      const feed = feeds.get(socket);
      const head = feed === undefined ? first : Buffer.concat([first, feed.release()]);
      // Behind an upgrade nothing is HTTP any more: an answer that is still to come would have no place to go.
      if (feed?.isOwed === true) socket.destroy();
      else if (
        wantsWebSocket(request) &&
        metadataFault(request.rawHeaders, metadataBytesMax) === undefined
      )
        onUpgrade(request, socket, head);
      else answerWithoutUpgrade(request, socket, onRequest);
    });
  }
}

/** Answers what cannot be read, and tells of it. */
function refuseFaulty(
  server: Server,
  { limits, transportLimits, tls, onRefused }: PortServerParts,
) {
  const tell = (reason: EntryReason, message: string, address: string | undefined): void => {
    onRefused?.({ act: "entry", reason, message, fields: { address } });
  };
  server.on("drop", (dropped?: DropArgument) => {
    const most = limits.connectionsMax + transportLimits.spareSockets;
    const message = `The port holds as many sockets as it may: ${most}, of limits.connectionsMax.`;
    tell("capacity", message, dropped?.remoteAddress);
  });
  server.on("tlsClientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    const fault = tlsFaults[error.code ?? ""];
    if (fault !== undefined) tell("tls", fault, socket.remoteAddress);
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    const { code = "" } = error;
    const status = statusOfFault(code);
    const address = "remoteAddress" in socket ? String(socket.remoteAddress) : undefined;
    if (tls === undefined && isTlsHello(error)) tell("tls", tlsToCleartext, address);
    else if (code === "HPE_HEADER_OVERFLOW")
      tell(
        "headers",
        `Headers of a request are over limits.metadataBytesMax (${limits.metadataBytesMax}).`,
        address,
      );
    else if (code.startsWith("HPE_"))
      tell("request", `A request cannot be read: ${error.message}.`, address);
    if (status === undefined || !socket.writable || !speaksHttp1(error)) socket.destroy();
    else {
      const line = status.startsWith("431") ? `${metadataRefusal(limits.metadataBytesMax)}\n` : "";
      const head = `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: ${line.length}\r\n`;
      socket.end(`${head}content-type: text/plain\r\n\r\n${line}`, () => socket.destroy());
    }
  });
}

const tlsToCleartext =
  "A client speaks TLS to this port, which is in clear text: give the server tls, or connect without TLS.";

/** What a TLS handshake failed of, where that is for the operator to know. */
const tlsFaults: Readonly<Record<string, string>> = {
  ERR_SSL_HTTP_REQUEST:
    "A client speaks HTTP in clear text to this port, which speaks TLS: connect with TLS.",
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE:
    "A client showed no certificate, which tls.requireClientCertificate asks for.",
  ERR_SSL_NO_SHARED_CIPHER: "A client has no cipher in common with this server.",
  ERR_SSL_UNSUPPORTED_PROTOCOL: "A client speaks TLS older than 1.2.",
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA:
    "A client does not trust the certificate of this server: give it the certificate of who signed it.",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    "A client does not trust the certificate of this server: give it the certificate of who signed it.",
};

/** Whether what the HTTP parser failed at is a TLS handshake: a record of type 22, version 3. */
function isTlsHello(error: NodeJS.ErrnoException): boolean {
  const { rawPacket } = error as { readonly rawPacket?: unknown };
  return rawPacket instanceof Uint8Array && rawPacket[0] === 0x16 && rawPacket[1] === 0x03;
}

/**
 * Whether what could not be read names HTTP in its first line. What does not may be a faulty preface of HTTP/2 as well, which ends
 * the connection (RFC 9113, 3.4), and nobody waits for an answer of HTTP/1; but whoever speaks TLS takes one for what it is.
 */
function speaksHttp1(error: NodeJS.ErrnoException): boolean {
  const { rawPacket } = error as { readonly rawPacket?: unknown };
  if (!(rawPacket instanceof Uint8Array) || isTlsHello(error)) return true;
  const [line = ""] = Buffer.from(rawPacket).toString("latin1").split("\r\n", 1);
  return error.code !== "HPE_INVALID_METHOD" || line.includes(" HTTP/");
}

/** @throws RoomlineError `invalid-config` */
function createTlsServer(
  options: ServerOptions,
  tls: TlsConfig,
  handshakeTimeoutMs: number,
): Server {
  try {
    return createSecureServer({ ...options, ...tlsServerOptions(tls, handshakeTimeoutMs) });
  } catch (cause) {
    throw tlsError(cause);
  }
}

/** The same handler, for requests whose headers keep to the bound. */
function boundedHandler(handler: RequestHandler, metadataBytesMax: number) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const message = metadataFault(request.rawHeaders, metadataBytesMax);
    if (message === undefined) {
      handler(request, response);
      return;
    }
    response.setHeader("connection", "close");
    refuseRequest(response, request.headers, { status: 431, message });
  };
}

/** An upgrade to anything else may be passed over (RFC 9110, section 7.8); curl asks for HTTP/2 in this way. */
function wantsWebSocket({ method, headers }: IncomingMessage): boolean {
  const isPlainRead = method === "GET" || method === "HEAD";
  return headers.upgrade?.toLowerCase() === "websocket" || !isPlainRead;
}

/** Node has let go of the socket already, so it is closed behind the answer. */
function answerWithoutUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
): void {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(request.socket);
  response.on("finish", () => socket.end());
  onRequest(request, response);
}

/** The answer to a faulty request; none when it was not HTTP/1 that failed, but TLS or the network. */
function statusOfFault(code: string): string | undefined {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return "408 Request Timeout";
  if (code === "HPE_HEADER_OVERFLOW") return "431 Request Header Fields Too Large";
  return code.startsWith("HPE_") ? "400 Bad Request" : undefined;
}
