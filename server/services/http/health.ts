import { Code, ConnectError, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import {
  Health,
  HealthCheckResponse_ServingStatus as Serving,
  type HealthCheckRequest,
} from "../../../shared/gen/grpc/health/v1/health_pb.ts";
import { nextWake } from "./wake.ts";

/** Whether a service takes requests. */
type HealthStatus = "serving" | "not-serving";

/** gRPC's health service (grpc.health.v1) and what it tells. */
export interface HealthService {
  /** Adds the service to a router. */
  routes(router: ConnectRouter): void;
  /** Sets the status of a service, or with the name "" of the server as a whole. Watchers hear of it. */
  set(service: string, status: HealthStatus): void;
  /** The status of a service, undefined when it has none. */
  get(service: string): HealthStatus | undefined;
  /** Open watches. */
  readonly watchers: number;
}

/** What a health service starts with. */
interface HealthServiceOptions {
  /** Services that serve from the start, besides the server itself (""). Default: none. */
  readonly serving?: readonly string[];
  /** Open watches; the next is refused with RESOURCE_EXHAUSTED. Default 1_000. */
  readonly watchersMax?: number;
}

const wireStatus = {
  serving: Serving.SERVING,
  "not-serving": Serving.NOT_SERVING,
} as const satisfies Record<HealthStatus, Serving>;

/** Creates a {@link HealthService}. The server itself serves until told otherwise. */
export function createHealthService(options: HealthServiceOptions = {}): HealthService {
  const { serving = [], watchersMax = 1_000 } = options;
  const statuses = new Map<string, HealthStatus>();
  for (const service of ["", ...serving]) statuses.set(service, "serving");
  /** One for each watch that waits; called when any status changed. */
  const wakes = new Set<() => void>();
  let watchers = 0;

  async function* watch(
    { service }: HealthCheckRequest,
    { signal }: HandlerContext,
  ): AsyncGenerator<{ status: Serving }> {
    if (watchers >= watchersMax)
      throw new ConnectError("Too many watches.", Code.ResourceExhausted);
    watchers++;
    try {
      let told: Serving | undefined;
      while (!signal.aborted) {
        const status = statuses.get(service);
        const now = status === undefined ? Serving.SERVICE_UNKNOWN : wireStatus[status];
        if (now !== told) yield { status: (told = now) };
        else await nextWake(wakes, signal);
      }
    } finally {
      watchers--;
    }
  }

  return {
    get: (service) => statuses.get(service),
    set(service, status) {
      statuses.set(service, status);
      for (const wake of wakes) wake();
    },
    get watchers() {
      return watchers;
    },
    routes(router) {
      router.service(Health, {
        check({ service }) {
          const status = statuses.get(service);
          if (status !== undefined) return { status: wireStatus[status] };
          throw new ConnectError("There is no service of this name.", Code.NotFound);
        },
        list() {
          const listed: Record<string, { status: Serving }> = {};
          for (const [service, status] of statuses)
            listed[service] = { status: wireStatus[status] };
          return { statuses: listed };
        },
        watch,
      });
    },
  };
}
