import {
  WatchStatsResponseSchema,
  type WatchStatsResponse,
} from "../../../shared/gen/roomline/v1/admin_pb.ts";
import type { AdminNodes, AdminParts } from "./admin-parts.ts";
import { decode } from "./encoded.ts";
import { addLags } from "./lags.ts";
import { mergeSamples } from "./merge-samples.ts";
import { NodeAsker } from "./node-asker.ts";
import { namesOf } from "./nodes.ts";
import { journalRow } from "./rows.ts";
import { StatsProbe, type NodeSample } from "./stats-probe.ts";
import type { StatsSource, StatsWatch } from "./stats-source.ts";
import { MergedJournal } from "./told-journal.ts";

/** How far the journal of a node has been heard, in one life of it. */
interface Heard {
  readonly life: string;
  number: number;
}

/** A message waits for no node for longer. */
const sampleWithinMs = 1_000;

/**
 * The statistics of several nodes, or of one that is not this: each message asks them all, and names those that have not answered
 * (rule AD-11). One that is late is not asked anew, and holds up no second message.
 */
export class NodesStats implements StatsSource {
  readonly journal = new MergedJournal();
  readonly #parts: AdminParts;
  readonly #nodes: AdminNodes;
  readonly #which: StatsWatch;
  /** Undefined: this node is not asked for. */
  readonly #own: StatsProbe | undefined;
  readonly #asker: NodeAsker<"stats">;
  readonly #heard = new Map<string, Heard>();
  #heardHere = 0;

  constructor(parts: AdminParts, nodes: AdminNodes, which: StatsWatch) {
    this.#parts = parts;
    this.#nodes = nodes;
    this.#which = which;
    if (which.node === "" || which.node === parts.node) this.#own = new StatsProbe(parts);
    this.#asker = new NodeAsker(nodes, parts.clock, "stats");
  }

  async read(rowsMax: number): Promise<WatchStatsResponse> {
    const { node, engine, limits, clock } = this.#parts;
    const names = namesOf(this.#parts, this.#which.node);
    const own = this.#own?.read(rowsMax);
    const others = names.filter((name) => name !== node);
    const asked = await Promise.all(
      others.map(async (name) => ({ name, sample: await this.#ask(name, rowsMax) })),
    );
    const samples = own === undefined ? [] : [own];
    const missing: string[] = [];
    for (const { name, sample } of asked) {
      if (sample === undefined) missing.push(name);
      else samples.push(sample);
    }
    // Now that they are all there: what has happened here meanwhile may be older than what others tell.
    const entries = samples.flatMap(({ message }) => message.journal);
    if (own !== undefined) {
      const news = engine.journal.after(this.#heardHere);
      this.#heardHere = news.at(-1)?.number ?? this.#heardHere;
      entries.push(...news.map((entry) => journalRow(entry, node)));
    }
    this.journal.add(entries, limits.journalEntriesMax * (others.length + 1));
    return mergeSamples(samples, {
      rowsMax,
      timeMs: clock.wallNow(),
      which: this.#which.node,
      names: namesOf(this.#parts, ""),
      missing,
    });
  }

  stop(): void {
    this.#own?.stop();
    const ended = { watch: this.#which.watch };
    for (const name of this.#heard.keys()) {
      // Who does not hear of it notices that nobody asks.
      this.#nodes.call(name, "endStats", ended).catch(() => undefined);
    }
    this.#heard.clear();
  }

  async #ask(node: string, rowsMax: number): Promise<NodeSample | undefined> {
    const life = this.#nodes.get(node)?.life;
    if (life === undefined) return undefined;
    const heard = this.#heardOf(node, life);
    const { watch, intervalMs } = this.#which;
    const ask = { watch, intervalMs, rowsMax, journal: heard.number };
    const answer = await this.#asker.ask(node, ask, Math.min(intervalMs, sampleWithinMs));
    if (answer === undefined) return undefined;
    const message = decode(WatchStatsResponseSchema, answer.message);
    heard.number = Number(message.journal.at(-1)?.number ?? heard.number);
    const lagMaxByRoom = new Map<string, number>();
    addLags(lagMaxByRoom, answer.lags);
    return { message, lagMaxByRoom };
  }

  #heardOf(node: string, life: string): Heard {
    const known = this.#heard.get(node);
    if (known?.life === life) return known;
    const heard = { life, number: 0 };
    this.#heard.set(node, heard);
    return heard;
  }
}
