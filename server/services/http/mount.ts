import { createConnectRouter, createContextValues, type ConnectRouter } from "@connectrpc/connect";
import {
  compressionBrotli,
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from "@connectrpc/connect-node";
import { containedHandler, failResponse } from "../../transport/contained-handler.ts";
import { cutKey, cutResponse } from "../../transport/response-cut.ts";
import { parseGrpcTimeout } from "../../transport/grpc/request.ts";
import { peerInfoOf } from "../../transport/peer-info.ts";
import { peerKey } from "./caller.ts";
import { nameErrors, type OnCallRefused } from "./named-errors.ts";
import type { PortRequest, PortResponse, RequestHandler } from "../../transport/request-handler.ts";
import { transportLimits } from "../../transport/transport-limits.ts";
import { noProxies, type TrustedProxies } from "../../transport/trusted-proxies.ts";

/** A service that can be mounted. */
export interface MountedService {
  /** Adds the service to a router. */
  routes(router: ConnectRouter): void;
}

/** What is served beside the realtime stream. */
interface MountOptions {
  /** Adds services: they answer gRPC, gRPC-Web and Connect clients, over HTTP/1 and HTTP/2. */
  readonly routes: readonly ((router: ConnectRouter) => void)[];
  /** Plain pages by path, such as "/metrics". */
  readonly pages?: ReadonlyMap<string, RequestHandler>;
  /** Answers what nothing else does. Default: 404. */
  readonly fallback?: RequestHandler;
  /** The largest request message, in bytes. Default 65_536. */
  readonly requestBytesMax?: number;
  /** Ends open response streams when it aborts. */
  readonly shutdownSignal?: AbortSignal;
  /** Proxies whose word is taken on where a request comes from. Default: none. */
  readonly proxies?: TrustedProxies;
  /** Hears of calls that services refuse. */
  readonly onCallRefused?: OnCallRefused;
  /** Hears of answers that could not be given whole: nearly always the client went away meanwhile. */
  readonly onBroken?: (method: string, thrown: unknown) => void;
}

/** Creates the handler of everything on the port that is not the realtime stream. */
export function mountServices(options: MountOptions): RequestHandler {
  const { pages = [], fallback = notFound } = options;
  const services = serveServices(options, fallback);
  const contained = new Map([...pages].map(([path, page]) => [path, containedHandler(page)]));
  return (request, response) => {
    const page = contained.get(pathOf(request));
    if (page !== undefined) {
      page(request, response);
      return;
    }
    try {
      services(request, response);
    } catch {
      // The head of the request makes no URL.
      failResponse(request, response, 400);
    }
  };
}

/** What connectNodeAdapter does, but for what it prints when a client vanishes. */
function serveServices(options: MountOptions, fallback: RequestHandler): RequestHandler {
  const { shutdownSignal, onBroken, proxies = noProxies } = options;
  const router = createConnectRouter({
    acceptCompression: [compressionGzip, compressionBrotli],
    readMaxBytes: options.requestBytesMax ?? transportLimits.requestBytesMax,
    interceptors: [nameErrors(options.onCallRefused)],
    ...(shutdownSignal && { shutdownSignal }),
  });
  for (const add of options.routes) add(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  return (request, response) => {
    const handler = handlers.get(pathOf(request));
    if (handler === undefined) {
      fallback(request, response);
      return;
    }
    forgetFarDeadline(request);
    const values = createContextValues()
      .set(peerKey, peerInfoOf("http", request.socket, request.headers, proxies))
      .set(cutKey, () => cutResponse(request));
    handler(universalRequestFromNodeRequest(request, response, undefined, values))
      .then((answered) => universalResponseToNodeResponse(answered, response))
      .catch((thrown: unknown) => {
        failResponse(request, response);
        onBroken?.(handler.requestPath, thrown);
      });
  };
}

/** Longer than any timer of Node waits: given more, it fires at once, and says so on the console. */
const farMs = 2 ** 31;

/** connect-node takes a deadline as it comes. One that is weeks away is none. */
function forgetFarDeadline({ headers }: PortRequest): void {
  const ofGrpc = headers["grpc-timeout"];
  if (typeof ofGrpc === "string" && (parseGrpcTimeout(ofGrpc) ?? 0) >= farMs)
    delete headers["grpc-timeout"];
  if (Number(headers["connect-timeout-ms"]) >= farMs) delete headers["connect-timeout-ms"];
}

/** The path of a request, without its query. */
export function pathOf(request: PortRequest): string {
  const [path = ""] = (request.url ?? "").split("?", 1);
  return path;
}

/** Answers 404, with a line for whoever opens the port of a new server in a browser. */
export function notFound(_request: PortRequest, response: PortResponse): void {
  response.writeHead(404, { "content-type": "text/plain; charset=utf-8" });
  response.end(
    "There is no such page here. Pages of your own: staticDir. This server live: /monitor/\n",
  );
}
