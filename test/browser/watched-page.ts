import type { Page, Request } from "playwright-core";

/** Finds out what goes wrong in a page, whether or not the page shows it. */
export interface PageWatch {
  /** One line each: errors on the console, errors nobody caught, requests that failed or went elsewhere. */
  readonly problems: readonly string[];
}

/** Watches a page that may talk to `origin` only. `expected` are problems that the test itself brings about. */
export function watchPage(page: Page, origin: string, expected: readonly RegExp[] = []): PageWatch {
  const problems: string[] = [];
  const { host } = new URL(origin);
  const note = (problem: string): void => {
    if (!expected.some((pattern) => pattern.test(problem))) problems.push(problem);
  };
  const check = (url: string): void => {
    const { protocol, host: other } = new URL(url);
    if (/^(https?|wss?):$/.test(protocol) && other !== host) note(`went elsewhere: ${url}`);
  };
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning")
      note(`console: ${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => note(`not caught: ${error.message}`));
  page.on("request", (request) => check(request.url()));
  page.on("websocket", (socket) => check(socket.url()));
  page.on("response", (response) => {
    if (response.status() >= 400) note(`${response.status()}: ${response.url()}`);
  });
  page.on("requestfailed", (request) => {
    if (!wasGivenUp(request))
      note(`failed: ${request.url()} ${request.failure()?.errorText ?? ""}`);
  });
  return { problems };
}

/** A page that goes away, or no longer wants an answer, ends its requests itself. */
function wasGivenUp(request: Request): boolean {
  return request.failure()?.errorText === "net::ERR_ABORTED";
}
