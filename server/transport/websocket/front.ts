import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { Clock } from "../../../shared/clock.ts";
import type { Limits } from "../../../shared/limits.ts";
import type { TransportAcceptor } from "../../../shared/transport/transport.ts";
import { webSocketProtocol } from "../../../shared/transport/websocket-names.ts";
import type { OnRefused } from "../../observe/refusals.ts";
import { DeadlineQueue } from "../deadline-queue.ts";
import type { OriginPolicy } from "../origin-policy.ts";
import { peerInfoOf } from "../peer-info.ts";
import type { UpgradeHandler } from "../port-server.ts";
import { originRefusal } from "../refusals.ts";
import { readPaceParts, type ReadPaceParts } from "../read-pace.ts";
import { SweptSet } from "../swept-set.ts";
import { transportLimits, type TransportLimits } from "../transport-limits.ts";
import { noProxies, type TrustedProxies } from "../trusted-proxies.ts";
import type { WebSocketBounds } from "./frame-reader.ts";
import { checkUpgradeRequest } from "./request.ts";
import { WebSocketStream } from "./stream.ts";

interface WebSocketFrontParts {
  readonly acceptor: TransportAcceptor;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly origins: OriginPolicy;
  /** Default: none. */
  readonly proxies?: TrustedProxies;
  /** Hears of streams that were ended because nobody was at the other end, or too much came: for logs and counters. */
  onCut?(cause: "ping-timeout" | "frame-flood", address: string | undefined): void;
  /** Hears of requests for an upgrade that are refused. */
  readonly onRefused?: OnRefused;
  /** Bounds that tests set lower. */
  readonly transportLimits?: Partial<TransportLimits>;
}

/** Half of what the smallest network there is has to carry in one packet (RFC 791). */
const packetBytesMin = 256;

/** The WebSocket side of a port: takes upgrades, gives streams, looks after them. */
export class WebSocketFront {
  readonly #parts: WebSocketFrontParts;
  readonly #bounds: WebSocketBounds;
  readonly #server: WebSocketServer;
  readonly #lingering: DeadlineQueue;
  readonly #pace: ReadPaceParts;
  readonly #streams: SweptSet<WebSocketStream>;

  constructor(parts: WebSocketFrontParts) {
    const bounds = { ...transportLimits, ...parts.transportLimits };
    const frameBytesMax = parts.limits.inboundFrameBytesMax;
    this.#parts = parts;
    this.#streams = new SweptSet(parts.clock, parts.limits, (stream, nowMs) => {
      this.#sweep(stream, nowMs);
    });
    this.#bounds = {
      frameBytesMax,
      fragmentsMax: bounds.webSocketFragmentsMax,
      chunksMax: Math.max(bounds.webSocketChunksMax, frameBytesMax / packetBytesMin),
    };
    this.#lingering = new DeadlineQueue(parts.clock, bounds.lingerMs);
    this.#pace = readPaceParts(parts.clock, parts.limits, bounds);
    // The types of ws do not know it yet.
    const closeTimeout = { closeTimeout: bounds.lingerMs };
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: frameBytesMax,
      maxFragments: this.#bounds.fragmentsMax,
      maxBufferedChunks: this.#bounds.chunksMax,
      ...closeTimeout,
      // The request has been checked: when anything is offered, this is.
      handleProtocols: () => webSocketProtocol,
    });
    // Answered by ws itself: no key, another version of WebSocket.
    this.#server.on("wsClientError", (error, socket, request) => {
      this.#onFaulty(error.message, request.socket.remoteAddress);
      refuse(socket, 400, error.message);
    });
  }

  /** Open streams, and those whose end the peer has yet to read. */
  get streams(): number {
    return this.#streams.size;
  }

  /** For the port: takes a socket that left HTTP/1. */
  readonly upgrade: UpgradeHandler = (request, socket, head) => {
    const { url = "", headers } = request;
    const verdict = checkUpgradeRequest({ url, headers }, this.#parts.origins);
    if (verdict.kind === "refuse") {
      const { origin, host } = headers;
      if (verdict.status === 403)
        this.#parts.onRefused?.(originRefusal("origin", { origin, host }));
      else this.#onFaulty(verdict.message, request.socket.remoteAddress);
      refuse(socket, verdict.status, verdict.message);
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const { acceptor, clock, proxies = noProxies } = this.#parts;
      const stream = new WebSocketStream({
        webSocket,
        socket,
        clock,
        bounds: this.#bounds,
        pace: this.#pace,
        lingering: this.#lingering,
        onFlood: () => this.#parts.onCut?.("frame-flood", request.socket.remoteAddress),
      });
      this.#streams.add(stream);
      socket.once("close", () => this.#streams.delete(stream));
      const peer = peerInfoOf("websocket", request.socket, verdict.headers, proxies);
      acceptor.accept(stream, peer);
    });
  };

  #onFaulty(message: string, address: string | undefined): void {
    this.#parts.onRefused?.({ act: "entry", reason: "upgrade", message, fields: { address } });
  }

  #sweep(stream: WebSocketStream, nowMs: number): void {
    if (stream.sweep(nowMs, this.#parts.limits) === "alive") return;
    this.#parts.onCut?.("ping-timeout", undefined);
    stream.destroy();
  }
}

function refuse(socket: Duplex, status: number, message: string): void {
  const body = `${message}\n`;
  socket.once("finish", () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n` +
      // What it speaks, for whoever asked for another version (RFC 6455, 4.4).
      "connection: close\r\nsec-websocket-version: 13\r\ncontent-type: text/plain; charset=utf-8\r\n" +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
