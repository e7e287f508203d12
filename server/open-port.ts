import { WatchService as WatchServiceDescriptor } from "../shared/gen/roomline/v1/watch_pb.ts";
import type { ServerConfig } from "./config.ts";
import type { Engine } from "./engine.ts";
import type { Metrics } from "./observe/metrics.ts";
import { allowCrossOrigin } from "./services/http/cross-origin.ts";
import type { HealthService } from "./services/http/health.ts";
import { mountServices, notFound, pathOf, type MountedService } from "./services/http/mount.ts";
import { createPages } from "./services/http/pages.ts";
import type { WatchService } from "./services/watch/watch.ts";
import { containedHandler } from "./transport/contained-handler.ts";
import { createPort, type CutCause, type Port } from "./transport/port.ts";
import type { RequestHandler } from "./transport/request-handler.ts";
import { WebSocketFront } from "./transport/websocket/front.ts";
import type { ReloadPages } from "./web/reload-pages.ts";
import { createWebAssets } from "./web/web-assets.ts";

const watchPath = `/${WatchServiceDescriptor.typeName}/${WatchServiceDescriptor.method.watch.name}`;

/** The port of a server, and all that is behind it. */
export function openPort(parts: {
  readonly config: ServerConfig;
  readonly engine: Engine;
  readonly health: HealthService;
  readonly services: readonly MountedService[];
  readonly calls: WatchService["calls"];
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
  /** Tells pages of the code of rooms. Default: they are told nothing. */
  readonly reloads?: ReloadPages | undefined;
}): Port {
  const { config, engine, health, metrics, signal } = parts;
  const { host, port, tls, limits, clock, log, origins, staticDir, proxies } = config;
  const { onRefused } = engine;
  const assets = createWebAssets({
    staticDir,
    hasPlayground: hasPlayground(config),
    fallback: ownRoutes(config),
  });
  const requestHandler = mountServices({
    routes: parts.services.map((service) => (router) => service.routes(router)),
    pages: createPages({ metrics, health, clock }),
    fallback: parts.reloads?.around(assets) ?? assets,
    shutdownSignal: signal,
    proxies,
    onCallRefused(method, { code: reason, message }) {
      // Watches come another way, too, and tell of it themselves.
      if (method !== watchPath) onRefused({ act: "call", reason, message, fields: { method } });
    },
    onBroken: (method, err) => log.debug({ method, err }, "an answer was broken off"),
  });
  const onCut = (cause: CutCause, address: string | undefined): void => {
    // Nobody was turned away by these: the peer is gone, or has no use for the connection.
    if (cause === "idle" || cause === "ping-timeout")
      log.debug({ cause, address }, "connection cut");
    else onRefused({ act: "entry", reason: cause, message: cutTexts[cause], fields: { address } });
  };
  const webSockets = new WebSocketFront({
    acceptor: engine,
    clock,
    limits,
    origins,
    proxies,
    onCut,
    onRefused,
  });
  return createPort({
    config: { host, port, ...(tls !== undefined && { tls }) },
    limits,
    clock,
    acceptor: engine,
    requestHandler: allowCrossOrigin(origins, requestHandler, onRefused),
    calls: parts.calls,
    upgradeHandler: webSockets.upgrade,
    proxies,
    onCut,
    onRefused,
  });
}

/**
 * In dev mode, and where there are operators, of whom the page asks a token. It is the same for everybody and knows nothing: a
 * browser that goes to a page can show no token.
 */
function hasPlayground({ authenticate, adminTokens }: ServerConfig): boolean {
  return authenticate === undefined || adminTokens.length > 0;
}

/** Why a connection was cut, for the log. */
const cutTexts: Readonly<Record<Exclude<CutCause, "idle" | "ping-timeout">, string>> = {
  "frame-flood": "A connection was ended: it sent frames faster than limits.framesPerSecond.",
  "ping-flood": "A connection was ended: it sent pings faster than limits.clientPingIntervalMsMin.",
  "settings-flood": "A connection was ended: it sent SETTINGS again and again.",
  "rapid-reset": "A connection was ended: it began streams and reset them, again and again.",
  "stream-flood":
    "A connection was ended: again and again it began more streams than limits.streamsPerConnectionMax, or sent frames for none.",
  "http2-fault": "A connection was ended: it broke the rules of HTTP/2 (RFC 9113).",
  silent: "A connection was ended: it did not say in time what it speaks.",
};

/** The user's routes, contained; nobody's otherwise. */
function ownRoutes({ onRequest, log }: ServerConfig): RequestHandler {
  if (onRequest === undefined) return notFound;
  return containedHandler(async (request, response) => {
    try {
      await onRequest(request, response);
    } catch (err) {
      log.error({ err, path: pathOf(request) }, "onRequest failed");
      throw err;
    }
  });
}
