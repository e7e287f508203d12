import type { Clock } from "../../../shared/clock.ts";
import type { Metrics } from "../../observe/metrics.ts";
import type { PortResponse, RequestHandler } from "../../transport/request-handler.ts";
import { failResponse } from "../../transport/contained-handler.ts";
import { webSocketPath } from "../../../shared/transport/websocket-names.ts";
import type { HealthService } from "./health.ts";

/** To write it takes about a millisecond, and anybody may ask. */
const metricsAgeMsMax = 100;

/** The plain pages of a server: `/metrics` for Prometheus, `/healthz` (it runs) and `/readyz` (it takes players). */
export function createPages(parts: {
  readonly metrics: Metrics;
  readonly health: HealthService;
  readonly clock: Clock;
}): ReadonlyMap<string, RequestHandler> {
  const { metrics, health, clock } = parts;
  const textOfMetrics = rememberedFor(metricsAgeMsMax, clock, () => metrics.text());
  return new Map<string, RequestHandler>([
    [
      "/metrics",
      (request, response) => {
        textOfMetrics()
          .then((text) => answer(response, { status: 200, text, type: metrics.contentType }))
          .catch(() => failResponse(request, response));
      },
    ],
    [
      webSocketPath,
      (_request, response) => {
        response.setHeader("upgrade", "websocket");
        answer(response, { status: 426, text: "This is where WebSockets connect.\n" });
      },
    ],
    ["/healthz", (_request, response) => answer(response, { status: 200, text: "ok\n" })],
    [
      "/readyz",
      (_request, response) => {
        const ready = health.get("") === "serving";
        answer(response, { status: ready ? 200 : 503, text: ready ? "ready\n" : "draining\n" });
      },
    ],
  ]);
}

/** What `make` gives, made anew only when the last is older than that. */
function rememberedFor(ageMsMax: number, clock: Clock, make: () => Promise<string>) {
  let madeAtMs = -Infinity;
  let made: Promise<string> | undefined;
  return (): Promise<string> => {
    const nowMs = clock.now();
    if (made === undefined || nowMs - madeAtMs >= ageMsMax) {
      madeAtMs = nowMs;
      made = make();
    }
    return made;
  };
}

function answer(
  response: PortResponse,
  page: { readonly status: number; readonly text: string; readonly type?: string },
): void {
  response.writeHead(page.status, { "content-type": page.type ?? "text/plain; charset=utf-8" });
  response.end(page.text);
}
