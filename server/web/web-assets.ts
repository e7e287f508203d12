import { existsSync } from "node:fs";
import type { Duplex, Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import sirv from "sirv";
import { RoomlineError } from "../../shared/errors.ts";
import { pathOf } from "../services/http/mount.ts";
import type { PortResponse, RequestHandler } from "../transport/request-handler.ts";

/** What a server gives browsers beside its services. */
interface WebAssetsConfig {
  /** A folder of the user's. */
  readonly staticDir: string | undefined;
  /** Whether the page to try rooms in is there. */
  readonly hasPlayground: boolean;
  /** Answers what is in no folder. */
  readonly fallback: RequestHandler;
}

/** Where `npm run build:web` puts the pages and the browser SDK. */
const builtDir = fileURLToPath(new URL("./built/", import.meta.url));

/** Nothing a page of ours does needs more, and nothing it shows may do more. */
const contentSecurityPolicy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/**
 * Serves the monitor page at `/monitor/`, the playground at `/playground/`, the browser SDK at `/roomline.js` with `/roomline-network.js`
 * beside it, and a folder of the user's.
 * @throws RoomlineError `invalid-config`: the folder is not there
 */
export function createWebAssets(config: WebAssetsConfig): RequestHandler {
  const { staticDir, hasPlayground, fallback } = config;
  const pages = hasPlayground ? ["monitor", "playground"] : ["monitor"];
  const built = existsSync(builtDir) ? serveFolder(builtDir, true) : notBuilt;
  if (staticDir !== undefined && !existsSync(staticDir)) {
    throw new RoomlineError(
      "invalid-config",
      `staticDir is "${staticDir}", and there is no such folder.`,
    );
  }
  const own = staticDir === undefined ? undefined : serveFolder(staticDir, false);
  return (request, response) => {
    const path = pathOf(request);
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (!isRead) fallback(request, response);
    else if (pages.includes(path.slice(1))) toFolder(response, path);
    else if (isBuilt(path, pages)) built(request, response, () => fallback(request, response));
    else if (own === undefined) fallback(request, response);
    else own(request, response, () => fallback(request, response));
  };
}

/** The page names its files relative to its folder: without the slash, they would be looked for beside it. */
function toFolder(response: PortResponse, path: string): void {
  response.writeHead(308, { location: `${path.slice(1)}/`, "cache-control": "no-cache" });
  response.end();
}

function isBuilt(path: string, pages: readonly string[]): boolean {
  return (
    pages.some((page) => path.startsWith(`/${page}/`)) || /^\/roomline(-network)?\.js/.test(path)
  );
}

type Middleware = (...parts: [...Parameters<RequestHandler>, next: () => void]) => void;

function serveFolder(folder: string, isOurs: boolean): Middleware {
  const keep = createFileKeeper();
  // dev: files are looked up as they are asked for, so a page built anew is served anew.
  const serve = sirv(folder, {
    dev: true,
    etag: true,
    // NAME.gz beside NAME is sent in its place to those who take it.
    gzip: true,
    setHeaders(response) {
      response.setHeader("x-content-type-options", "nosniff");
      response.setHeader("cache-control", "no-cache");
      if (isOurs) response.setHeader("content-security-policy", contentSecurityPolicy);
    },
  });
  return (request, response, next) => {
    if (isHidden(pathOf(request))) {
      next();
      return;
    }
    if (!isPlainRange(request.headers.range)) delete request.headers.range;
    response.once("pipe", (file: Readable) => keep(file, request.socket));
    // Its types name the HTTP/1 classes; what it uses of them, those of HTTP/2 have too.
    serve(request as never, response as never, next);
  };
}

/** Files such as .env and folders such as .git are nobody's business; what is well known is meant to be found (RFC 8615). */
function isHidden(path: string): boolean {
  return /\/(\.|%2e)(?!well-known\/)/i.test(path);
}

/** Parts of files are for films and sounds. The library answers other requests for parts with nonsense. */
function isPlainRange(range = ""): boolean {
  const [, from, to] = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(range) ?? [];
  return from !== undefined && (to === "" || Number(from) <= Number(to));
}

/**
 * Ends the files under way when the socket they go to does, or the stream of HTTP/2: the library leaves them open, and does
 * not hear of one that cannot be read. An answer that waits for the one before it on its socket is told of no end itself.
 */
function createFileKeeper() {
  const filesTo = new WeakMap<Duplex, Set<Readable>>();
  const follow = (socket: Duplex): Set<Readable> => {
    const files = new Set<Readable>();
    filesTo.set(socket, files);
    socket.once("close", () => {
      for (const file of files) file.destroy();
    });
    return files;
  };
  return (file: Readable, socket: Duplex): void => {
    const files = (filesTo.get(socket) ?? follow(socket)).add(file);
    file.once("close", () => files.delete(file));
    file.once("error", () => socket.destroy());
  };
}

const notBuilt: Middleware = (_request, response) => {
  response.writeHead(404, { "content-type": "text/plain; charset=utf-8" });
  response.end("The pages are not built yet: run npm run build:web.\n");
};
