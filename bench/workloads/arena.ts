import { setTimeout as sleep } from "node:timers/promises";
import type { ArenaView } from "../peers/player.ts";
import { joinCrowd, playersWith } from "./crowd.ts";
import { Latencies } from "./latencies.ts";
import { startPacing } from "./pacer.ts";
import type { Load, LoadContext, LoadFigures } from "./workload.ts";

/** How many inputs a looking player remembers the moments of: more than are ever under way. */
const rememberedInputs = 1_024;

/**
 * Every player is in rooms whose players all move; it sends an input to each room `hz` times a second, and gets an update
 * of each as often. The latency is that from sending an input to the update whose own row contains it.
 */
export async function startLoad(context: LoadContext): Promise<Load> {
  const { params } = context;
  const tally = new ArenaTally(params.players * params.roomsPerPlayer, params.hz);
  const sentAt: (Float64Array | undefined)[] = [];
  const crowd = await joinCrowd(context, {
    game: "arena",
    eventsOf: (player, looks) => {
      const moments = looks ? new Float64Array(rememberedInputs) : undefined;
      sentAt[player] = moments;
      const seen: ArenaView[] = [];
      const rows = playersWith(context, player);
      return {
        onUpdate: () => tally.updates++,
        onDelivery: () => undefined,
        onText: () => undefined,
        onView: (seat, view) => {
          if (moments !== undefined)
            tally.look({ view, before: seen[seat], rows, sentAt: moments });
          seen[seat] = view;
        },
      };
    },
  });
  startPacing(params.players * params.hz, (index) => {
    const player = index % params.players;
    const seq = Math.floor(index / params.players) + 1;
    const moments = sentAt[player];
    if (moments !== undefined) moments[seq % rememberedInputs] = performance.now();
    crowd.players[player]?.steer(seq);
  });
  return {
    async measure(measureMs): Promise<LoadFigures> {
      tally.begin();
      const bytesBefore = crowd.bytesRead();
      const startMs = performance.now();
      await sleep(measureMs);
      const seconds = (performance.now() - startMs) / 1_000;
      const wireBytes = crowd.bytesRead() - bytesBefore;
      const figures = tally.figures(seconds, params.roomsPerPlayer);
      const problems = [...crowd.problems, ...tally.problems()];
      return { ...figures, wireBytes, problems };
    },
  };
}

/** What a looking player sees, beside what it should. */
interface Look {
  readonly view: ArenaView;
  readonly before: ArenaView | undefined;
  /** How many rows there are to be. */
  readonly rows: number;
  /** When it sent its inputs, by number. */
  readonly sentAt: Float64Array;
}

/** Counts what comes. */
class ArenaTally {
  readonly #seats: number;
  readonly #hz: number;
  readonly #latencies = new Latencies();
  updates = 0;
  #looks = 0;
  #still = 0;
  #incomplete = 0;

  constructor(seats: number, hz: number) {
    this.#seats = seats;
    this.#hz = hz;
  }

  begin(): void {
    this.updates = 0;
    this.#looks = 0;
    this.#still = 0;
    this.#incomplete = 0;
    this.#latencies.clear();
  }

  /** Takes what a looking player sees. */
  look({ view, before, rows, sentAt }: Look): void {
    const nowMs = performance.now();
    this.#looks++;
    if (view.sumX === before?.sumX) this.#still++;
    if (view.rows !== rows) this.#incomplete++;
    const first = Math.max((before?.ownSeq ?? 0) + 1, view.ownSeq - rememberedInputs + 1);
    for (let seq = first; seq <= view.ownSeq; seq++) {
      this.#latencies.add(nowMs - (sentAt[seq % rememberedInputs] ?? NaN));
    }
  }

  figures(seconds: number, roomsPerPlayer: number) {
    return {
      units: this.updates / roomsPerPlayer,
      deliveredShare: this.updates / (this.#seats * this.#hz * seconds),
      p50Ms: this.#latencies.quantile(0.5),
      p99Ms: this.#latencies.quantile(0.99),
      hertz: this.updates / (this.#seats * seconds),
    };
  }

  /** What shows that the state was not what it should be. */
  problems(): string[] {
    const problems = [];
    if (this.#looks === 0) problems.push("no update was looked at");
    if (this.#still > this.#looks * 0.05) problems.push("updates in which nothing moved");
    if (this.#incomplete > 0) problems.push("updates that lack players");
    if (this.#latencies.count < this.#looks * 0.8) problems.push("inputs that no state contained");
    return problems;
  }
}
