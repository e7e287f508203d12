import { createContextValues, type ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { cutRequest } from "../transport/cut-request.ts";
import { peerInfoOf } from "../transport/peer-info.ts";
import { peerKey } from "./caller.ts";
import { namedErrors } from "./named-errors.ts";
import { cutKey } from "./response-cut.ts";
import type { PortRequest, PortResponse, RequestHandler } from "../transport/request-handler.ts";

/** A service that can be mounted. */
export interface MountedService {
  /** Adds the service to a router. */
  routes(router: ConnectRouter): void;
}

/** What is served beside the realtime stream. */
export interface MountOptions {
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
}

/** Creates the handler of everything on the port that is not the realtime stream. */
export function mountServices(options: MountOptions): RequestHandler {
  const { pages, shutdownSignal, fallback = notFound } = options;
  const services = connectNodeAdapter({
    routes: (router) => {
      for (const add of options.routes) add(router);
    },
    readMaxBytes: options.requestBytesMax ?? 65_536,
    interceptors: [namedErrors],
    contextValues: (request) =>
      createContextValues()
        .set(peerKey, peerInfoOf("http", request.socket, request.headers))
        .set(cutKey, () => cutRequest(request)),
    fallback,
    ...(shutdownSignal && { shutdownSignal }),
  });
  return (request, response) => {
    const page = pages?.get(pathOf(request));
    try {
      if (page === undefined) services(request, response);
      else page(request, response);
    } catch {
      // A page failed, or the head of the request makes no URL, on which the adapter throws.
      answer(response, page === undefined ? 400 : 500);
    }
  };
}

/** The path of a request, without its query. */
export function pathOf(request: PortRequest): string {
  const [path = ""] = (request.url ?? "").split("?", 1);
  return path;
}

/** Answers 404. */
export function notFound(_request: PortRequest, response: PortResponse): void {
  answer(response, 404);
}

function answer(response: PortResponse, status: number): void {
  if (!response.headersSent) response.writeHead(status);
  response.end();
}
