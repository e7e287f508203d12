import { pathOf } from "../services/http/mount.ts";
import type { PortResponse, RequestHandler } from "../transport/request-handler.ts";

/** Where the script is that shows it, and where that hears it. */
const scriptPath = "/roomline-reload.js";
const newsPath = "/roomline-reload";

/**
 * Tells pages what is wrong with the code of rooms, while that is being worked on: every page that the server serves is given a script that
 * shows it, and takes it away when it is mended. Pages of other servers may load `/roomline-reload.js`, too.
 */
export class ReloadPages {
  #problem: string | undefined;
  readonly #readers = new Set<PortResponse>();

  /** What is wrong from now on; undefined: nothing. */
  tell(problem: string | undefined): void {
    this.#problem = problem;
    for (const reader of this.#readers) reader.write(this.#news());
  }

  /** The same pages, with the script in them. */
  around(pages: RequestHandler): RequestHandler {
    return (request, response) => {
      const path = request.method === "GET" ? pathOf(request) : "";
      if (path === scriptPath) this.#giveScript(response);
      else if (path === newsPath) this.#read(response);
      else {
        // It is added to the page as it is.
        delete request.headers["accept-encoding"];
        addScript(response);
        pages(request, response);
      }
    };
  }

  #giveScript(response: PortResponse): void {
    const type = "text/javascript; charset=utf-8";
    response.writeHead(200, { "content-type": type, "cache-control": "no-cache" });
    response.end(script);
  }

  /** A stream of events, as EventSource reads it, until the page goes or the server does. */
  #read(response: PortResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
    response.write(this.#news());
    this.#readers.add(response);
    response.once("close", () => this.#readers.delete(response));
  }

  #news(): string {
    return `data: ${JSON.stringify(this.#problem ?? "")}\n\n`;
  }
}

type Headers = Record<string, unknown>;

/** Puts the script behind the end of an HTML page, which is then longer than was said. */
function addScript(response: PortResponse): void {
  const writeHead = response.writeHead.bind(response) as (status: number, headers: object) => void;
  const end = response.end.bind(response) as (...last: unknown[]) => void;
  let isPage = false;
  const own = {
    writeHead(status: number, given: Headers = {}) {
      const headers: Headers = { ...response.getHeaders() };
      for (const [name, value] of Object.entries(given)) headers[name.toLowerCase()] = value;
      isPage = status === 200 && String(headers["content-type"]).startsWith("text/html");
      if (isPage) {
        for (const name of ["content-length", "etag"]) response.removeHeader(name);
        const { "content-length": _, etag: __, ...rest } = headers;
        writeHead(status, rest);
      } else writeHead(status, given);
      return response;
    },
    end(...last: unknown[]) {
      if (!isPage) end(...last);
      else {
        const [body] = last;
        if (typeof body === "string" || body instanceof Uint8Array) response.write(body);
        end(`<script src="${scriptPath}"></script>\n`);
      }
      return response;
    },
  };
  Object.assign(response, own);
}

/** Runs in pages: no build step comes between. */
const script = `(() => {
  const news = new EventSource(new URL("${newsPath}", document.currentScript.src));
  const box = document.createElement("pre");
  box.id = "roomline-problem";
  box.setAttribute("role", "alert");
  box.style.cssText =
    "position:fixed;inset:auto 0 0 0;z-index:2147483647;margin:0;padding:12px 16px;max-height:50vh;overflow:auto;" +
    "white-space:pre-wrap;font:13px/1.5 ui-monospace,monospace;color:#fff;background:#8c1d18";
  news.onmessage = ({ data }) => {
    const problem = JSON.parse(data);
    box.textContent = problem;
    if (problem === "") box.remove();
    else document.body.append(box);
  };
})();
`;
