import type { WatchStatsResponse } from "../../shared/gen/roomline/v1/admin_pb.ts";
import { History } from "./history.ts";
import { Journal, type JournalRow } from "./journal.ts";
import { nodeRows, type NodeRow } from "./node-rows.ts";
import { pointOf } from "./point.ts";
import {
  connectionRows,
  roomRow,
  sessionRow,
  type ConnectionRow,
  type RoomRow,
  type SessionRow,
} from "./rows.ts";
import { readSample, type Sample } from "./sample.ts";

/** What the page shows of the server. */
export interface View {
  readonly sample: Sample;
  readonly rooms: readonly RoomRow[];
  readonly sessions: readonly SessionRow[];
  readonly connections: readonly ConnectionRow[];
  readonly nodes: readonly NodeRow[];
  readonly journal: readonly JournalRow[];
  /** How many journal rows there have ever been. */
  readonly journalSeen: number;
}

/** How much is kept. */
interface DashboardConfig {
  readonly historyMs: number;
  readonly pointsMax: number;
  readonly gapMs: number;
  readonly journalRowsMax: number;
}

/** What is kept by default: five minutes at a message a second, and room for a faster pace. */
const dashboardConfig: DashboardConfig = {
  historyMs: 300_000,
  pointsMax: 700,
  gapMs: 12_000,
  journalRowsMax: 500,
};

/** Turns the stream of statistics into what the page shows. Holds a bounded past and nothing else. */
export class Dashboard {
  readonly history: History;
  readonly #journalRowsMax: number;
  #journal: Journal;
  #view: View | undefined;
  #isFirst = true;
  #isOther = false;

  constructor(config: DashboardConfig = dashboardConfig) {
    this.history = new History({
      pointsMax: config.pointsMax,
      ageMsMax: config.historyMs,
      gapMs: config.gapMs,
    });
    this.#journalRowsMax = config.journalRowsMax;
    this.#journal = new Journal(config.journalRowsMax);
  }

  /** Undefined until the first message. */
  get view(): View | undefined {
    return this.#view;
  }

  /** The next message is the first of a stream. */
  begin(): void {
    this.#isFirst = true;
  }

  /** The next message is of something else: another node, or all. Until it comes, what was last stays. */
  turn(): void {
    this.#isOther = true;
  }

  /** Takes a message in. */
  take(message: WatchStatsResponse): View {
    if (this.#isOther) this.#forget();
    const before = this.#view;
    const sample = readSample(message);
    const elapsedMs = before === undefined ? 0 : sample.timeMs - before.sample.timeMs;
    this.history.push(sample.timeMs, pointOf(before?.sample, sample, this.#isFirst));
    this.#isFirst = false;
    const lives = new Map(sample.nodes.map(({ node }) => [node.node, node.startedAtMs]));
    this.#journal.add(message.journal, (node) => lives.get(node) ?? sample.node.startedAtMs);
    this.#view = {
      sample,
      rooms: message.rooms.map(roomRow),
      sessions: message.sessions.map(sessionRow),
      connections: connectionRows(message.connections, before?.connections ?? [], elapsedMs),
      nodes: nodeRows(sample),
      journal: this.#journal.rows,
      journalSeen: this.#journal.seen,
    };
    return this.#view;
  }

  #forget(): void {
    this.#isOther = false;
    this.#view = undefined;
    this.history.clear();
    this.#journal = new Journal(this.#journalRowsMax);
  }
}
