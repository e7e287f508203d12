import { createSystemClock, type Clock, type Timer } from "../clock.ts";
import { closeReasons } from "../close-reason.ts";
import { RoomlineError } from "../errors.ts";
import { checkNames, type NamesOf } from "../known-names.ts";
import { systemRandom } from "../random.ts";
import type { Transport, TransportDialer } from "../transport/transport.ts";
import { resolveNetwork, type NetworkGiven } from "./conditions.ts";
import { ShapedTransport, type ShapedWorld } from "./shaped-transport.ts";
import { createNetworkShaper, type NetworkShaper } from "./shaper.ts";

/** How a network is emulated. */
export interface EmulateNetworkOptions {
  /** The same seed makes the same choices: a whole number of 0 or more. Default: a random one. */
  readonly seed?: number;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** The network has cut its connections, by itself or by {@link EmulatedNetwork.cut}. */
  readonly onCut?: () => void;
}

/**
 * A network between one client and its server that is as bad as it is told to be. It stands for TCP: what it takes arrives, late
 * and in order, or the connection breaks.
 */
export interface EmulatedNetwork {
  /** Bytes of frames, over all connections so far. */
  readonly traffic: { readonly bytesIn: number; readonly bytesOut: number };
  /** Cuts of connections so far. */
  readonly cuts: number;
  /**
   * Other conditions from now on. What is under way stays in order.
   * @throws RoomlineError `invalid-config`
   */
  change(conditions: NetworkGiven): void;
  /** Breaks the connection without a goodbye. New ones fail for `offlineMs` (0). */
  cut(offlineMs?: number): void;
  /** For so long nothing more gets through. */
  stall(forMs: number): void;
  /** Puts the network before a way to the server, as `connect` does with its option `network`. */
  over(way: TransportDialer): TransportDialer;
}

const optionNames: NamesOf<EmulateNetworkOptions> = { seed: true, clock: true, onCut: true };

/**
 * Emulates a network, to see what it makes of a client: `connect({ network: emulateNetwork("train") })`. For development and tests.
 *
 * @param conditions a preset (`wifi`, `4g`, `train`, `lossy`), conditions, or both as text: `train,up.latencyMs=300`. Default: as good as it is
 * @throws RoomlineError `invalid-config`
 */
export function emulateNetwork(
  conditions: NetworkGiven = {},
  options: EmulateNetworkOptions = {},
): EmulatedNetwork {
  const network = resolveNetwork("emulateNetwork", conditions);
  checkNames("emulateNetwork", options, optionNames);
  const { clock = createSystemClock(), onCut } = options;
  const seed = options.seed ?? Math.floor(systemRandom() * 2 ** 32);
  if (!Number.isSafeInteger(seed) || seed < 0) {
    const message = `emulateNetwork: seed is ${seed}; it has to be a whole number of 0 or more.`;
    throw new RoomlineError("invalid-config", message);
  }
  return new ShapedNetwork(createNetworkShaper(network, seed, clock.now()), clock, onCut);
}

class ShapedNetwork implements EmulatedNetwork {
  readonly traffic = { bytesIn: 0, bytesOut: 0 };
  cuts = 0;
  readonly #shaper: NetworkShaper;
  readonly #clock: Clock;
  readonly #onCut: (() => void) | undefined;
  readonly #open = new Set<ShapedTransport>();
  /** The next cut, while there is something to cut. */
  #timer: Timer | undefined;

  constructor(shaper: NetworkShaper, clock: Clock, onCut: (() => void) | undefined) {
    this.#shaper = shaper;
    this.#clock = clock;
    this.#onCut = onCut;
  }

  change(conditions: NetworkGiven): void {
    this.#shaper.change(resolveNetwork("change", conditions), this.#clock.now());
    this.#arm();
  }

  cut(offlineMs = 0): void {
    this.#shaper.cut(this.#clock.now(), offlineMs);
    if (this.#open.size === 0) return;
    this.cuts++;
    for (const transport of [...this.#open]) transport.destroy();
    this.#onCut?.();
  }

  stall(forMs: number): void {
    this.#shaper.stall(this.#clock.now(), forMs);
  }

  over(way: TransportDialer): TransportDialer {
    const world: ShapedWorld = {
      clock: this.#clock,
      shaper: this.#shaper,
      traffic: this.traffic,
      onOpened: (transport) => {
        this.#open.add(transport);
        this.#arm();
      },
      onEnded: (transport) => {
        this.#open.delete(transport);
        if (this.#open.size === 0) this.#arm();
      },
    };
    const isOffline = (): boolean => {
      const nowMs = this.#clock.now();
      return this.#shaper.offlineUntilMs(nowMs) > nowMs;
    };
    return {
      target: way.target,
      dial: (metadata) =>
        isOffline() ? createDeadEnd(this.#clock) : new ShapedTransport(way.dial(metadata), world),
    };
  }

  #arm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const nowMs = this.#clock.now();
    const cutMs = this.#shaper.nextCutMs(nowMs);
    if (this.#open.size === 0 || cutMs === Infinity) return;
    this.#timer = this.#clock.setTimer(() => this.cut(), Math.max(0, cutMs - nowMs));
  }
}

/** What one gets by dialling without a network: it fails at once. */
function createDeadEnd(clock: Clock): Transport {
  return {
    headroomBytes: 0,
    bufferedBytes: 0,
    open(handlers) {
      clock.defer(() => handlers.onClose(closeReasons.connectionLost, "There is no network."));
    },
    send: () => false,
    pauseReading: () => undefined,
    resumeReading: () => undefined,
    close: () => undefined,
    destroy: () => undefined,
  };
}
