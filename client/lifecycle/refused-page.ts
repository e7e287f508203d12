import type { Clock } from "../../shared/clock.ts";
import { RoomlineError } from "../../shared/errors.ts";

declare const location: { readonly origin: string } | undefined;

declare function fetch(
  url: string,
  request: { readonly mode: "no-cors"; readonly cache: "no-store" },
): Promise<unknown>;

/** How long to wait for a sign of life. */
const lookMs = 2_000;

/**
 * The same error, of a connection that could not be had, with what a page can find out of why. Browsers hide it from pages
 * that a server refused one for its origin (rule WS-2); whether something answers at all they tell.
 *
 * @param url of the WebSocket
 */
export async function explainUnreachable(
  error: unknown,
  url: string,
  clock: Clock,
): Promise<unknown> {
  if (!(error instanceof RoomlineError) || error.code !== "unavailable") return error;
  const server = new URL(url.replace(/^ws/, "http")).origin;
  const page = typeof location === "undefined" ? "null" : location.origin;
  if (page === server || !(await answers(server, clock))) return error;
  const hint =
    `Something answers at ${server}: if it is that server, it refuses pages of the origin ${page}; ` +
    "name it in the server's option allowedOrigins.";
  return new RoomlineError("unavailable", `${error.message} ${hint}`, { cause: error });
}

function answers(server: string, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(() => resolve(false), lookMs);
    fetch(`${server}/healthz`, { mode: "no-cors", cache: "no-store" })
      .then(
        () => resolve(true),
        () => resolve(false),
      )
      .finally(() => timer.cancel());
  });
}
