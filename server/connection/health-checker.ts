import type { Clock, Timer } from "../../shared/clock.ts";
import type { Timers } from "../schedule/timer-wheel.ts";

/** A connection that can be probed. */
export interface Probed {
  readonly status: "connecting" | "connected" | "dead";
  /** When anything but a heartbeat last came, on the monotonic clock. */
  readonly lastActivityMs: number;
  /** When the last frame came, on the monotonic clock. */
  readonly lastReceivedMs: number;
  /** Queues a HealthCheck; false when something still waits to be written. */
  probe(): boolean;
  /** Gives the connection up. */
  evict(): void;
}

/** The connections there are. */
interface ProbedConnections extends Iterable<Probed> {
  readonly size: number;
}

/** The bounds (rule HC-1). */
interface HealthCheckerConfig {
  readonly healthCheckIntervalMs: number;
  readonly inactivityMs: number;
  readonly probeQueueTimeoutMs: number;
  readonly probeAnswerTimeoutMs: number;
}

/**
 * Looks for connections that nothing has come from for long, asks them, and evicts those that do not answer (rule HC-1).
 * Looks as long as there are any.
 */
export class HealthChecker {
  readonly #connections: ProbedConnections;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #config: HealthCheckerConfig;
  readonly #probing = new Map<Probed, Timer>();
  #scan: Timer | undefined;

  constructor(parts: {
    readonly connections: ProbedConnections;
    readonly clock: Clock;
    readonly timers: Timers;
    readonly config: HealthCheckerConfig;
  }) {
    this.#connections = parts.connections;
    this.#clock = parts.clock;
    this.#timers = parts.timers;
    this.#config = parts.config;
  }

  /** There is one connection more. */
  onOpened(): void {
    if (this.#connections.size === 1) this.#start();
  }

  /** The connection is over and no longer among the others: asks it nothing more. */
  forget(connection: Probed): void {
    this.#probing.get(connection)?.cancel();
    this.#probing.delete(connection);
    if (this.#connections.size === 0) this.stop();
  }

  stop(): void {
    this.#scan?.cancel();
    for (const timer of this.#probing.values()) timer.cancel();
    this.#probing.clear();
  }

  #start(): void {
    this.#scan = this.#timers.set(() => {
      this.#look();
      this.#start();
    }, this.#config.healthCheckIntervalMs);
  }

  /** Looks at all connections once. */
  #look(): void {
    const oldestMs = this.#clock.now() - this.#config.inactivityMs;
    for (const connection of this.#connections) {
      if (connection.status !== "connected" || connection.lastActivityMs > oldestMs) continue;
      if (!this.#probing.has(connection)) this.#probe(connection);
    }
  }

  #probe(connection: Probed): void {
    if (connection.probe()) {
      this.#expectAnswer(connection);
      return;
    }
    this.#after(connection, this.#config.probeQueueTimeoutMs, () => {
      if (connection.probe()) this.#expectAnswer(connection);
      else connection.evict();
    });
  }

  #expectAnswer(connection: Probed): void {
    // In whole milliseconds, as the time it is compared with.
    const askedMs = Math.floor(this.#clock.now());
    this.#after(connection, this.#config.probeAnswerTimeoutMs, () => {
      if (connection.lastReceivedMs < askedMs) connection.evict();
    });
  }

  #after(connection: Probed, delayMs: number, then: () => void): void {
    const timer = this.#timers.set(() => {
      this.#probing.delete(connection);
      if (connection.status === "connected") then();
    }, delayMs);
    this.#probing.set(connection, timer);
  }
}
