import assert from "node:assert/strict";
import { defaultLimits, type Limits } from "../../shared/limits.ts";
import type { PeerInfo, Transport } from "../../shared/transport/transport.ts";
import { allowOrigins, type OriginPolicy } from "../../server/transport/origin-policy.ts";
import {
  createPort,
  type CutCause,
  type Port,
  type PortParts,
} from "../../server/transport/port.ts";
import type { RequestHandler } from "../../server/transport/request-handler.ts";
import { WebSocketFront } from "../../server/transport/websocket/front.ts";
import { createCountingClock, type CountingClock } from "./counting-clock.ts";
import { RecordedEnd } from "./recorded-end.ts";
import { waitUntil } from "./wait-until.ts";

/** A stream the port accepted. */
interface AcceptedEnd {
  readonly end: RecordedEnd;
  readonly peer: PeerInfo;
}

/** A port on loopback, for one test. */
export interface TestPort {
  readonly port: Port;
  readonly number: number;
  readonly clock: CountingClock;
  /** All streams accepted so far. */
  readonly accepted: AcceptedEnd[];
  /** Why the port ended connections. */
  readonly cuts: CutCause[];
  /** Waits for this many streams, and returns the last. */
  whenAccepted(count: number): Promise<AcceptedEnd>;
  /** Waits until every client is gone by itself, closes, and proves that nothing is left. */
  end(): Promise<void>;
}

/** What a test may want otherwise. */
export interface TestPortOptions extends Partial<
  Pick<PortParts, "requestHandler" | "upgradeHandler" | "calls" | "transportLimits" | "proxies">
> {
  readonly limits?: Partial<Limits>;
  readonly tls?: NonNullable<PortParts["config"]["tls"]>;
  /** Called with each recorder of a stream at once, before anything comes. */
  readonly whenAccepted?: (end: RecordedEnd) => void;
  /** Pages that may connect over WebSocket. Default: those of the port itself. */
  readonly origins?: OriginPolicy;
  /** Takes streams in place of a recorder. */
  readonly accept?: (transport: Transport) => void;
}

/** Opens a port, and takes note of what was there before. */
export async function openTestPort(options: TestPortOptions = {}): Promise<TestPort> {
  const resourcesBefore = countResources();
  const clock = createCountingClock();
  const accepted: AcceptedEnd[] = [];
  const cuts: CutCause[] = [];
  const { tls, transportLimits } = options;
  const common = {
    limits: { ...defaultLimits, ...options.limits },
    clock,
    acceptor: {
      accept(transport: Transport, peer: PeerInfo) {
        if (options.accept) {
          options.accept(transport);
          return;
        }
        const end = new RecordedEnd(transport);
        accepted.push({ end, peer });
        options.whenAccepted?.(end);
      },
    },
    onCut: (cause: CutCause) => cuts.push(cause),
    ...(transportLimits && { transportLimits }),
    ...(options.proxies && { proxies: options.proxies }),
  };
  const origins = options.origins ?? { allowed: allowOrigins([]), localPages: false };
  const webSockets = new WebSocketFront({ ...common, origins });
  const port = createPort({
    ...common,
    config: { host: "127.0.0.1", port: 0, ...(tls && { tls }) },
    requestHandler: options.requestHandler ?? refuse,
    upgradeHandler: options.upgradeHandler ?? webSockets.upgrade,
    ...(options.calls && { calls: options.calls }),
  });
  const { port: number } = await port.listen();
  return {
    port,
    number,
    clock,
    accepted,
    cuts,
    async whenAccepted(count) {
      await waitUntil(() => accepted.length >= count, `${count} accepted streams`);
      const last = accepted[count - 1];
      assert.ok(last !== undefined);
      return last;
    },
    async end() {
      await waitUntil(() => port.usage.sockets === 0, "the last socket");
      await port.close();
      assert.equal(webSockets.streams, 0);
      assertPortQuiescent(port, clock);
      for (const { end } of accepted) {
        assert.equal(end.closes.length, 1, "every stream has ended");
        assert.deepEqual(end.violations, []);
        assert.equal(end.transport.bufferedBytes, 0);
      }
      await waitUntil(
        () => countResources() <= resourcesBefore,
        `the event loop to be empty: ${activeResources().join(" ")}`,
      );
    },
  };
}

const refuse: RequestHandler = (_request, response) => {
  response.writeHead(404);
  response.end();
};

/** Proves that a port holds nothing any more. */
function assertPortQuiescent(port: Port, clock: CountingClock): void {
  const nothing = { sockets: 0, http2Connections: 0, http2Streams: 0, undecided: 0, lingering: 0 };
  assert.deepEqual(port.usage, nothing);
  assert.equal(clock.pendingTimers, 0);
}

/** Sockets and servers that keep this process alive. */
function activeResources(): string[] {
  return process.getActiveResourcesInfo().filter((name) => /TCP|TLS|Pipe(?!Wrap)/.test(name));
}

function countResources(): number {
  return activeResources().length;
}
