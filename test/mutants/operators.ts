import type { Mutant } from "./mutant.ts";

const stats = "server/services/admin/nodes-stats.ts";
const merge = "server/services/admin/merge-samples.ts";
const served = "server/services/admin/served-stats.ts";
const ends = "server/services/admin/connection-ends.ts";
const recordings = "server/services/admin/recording-calls.ts";
const recordingList = "server/services/admin/recording-list.ts";
const nodes = ["nodes/operators"];

/** What operators see of several nodes. */
export const operatorMutants: readonly Mutant[] = [
  {
    name: "a node that owes an answer is asked anew",
    file: "server/services/admin/node-asker.ts",
    is: "if (this.#open.has(key)) return undefined;",
    becomes: "",
    noticedBy: nodes,
  },
  {
    name: "a node that does not answer is not named",
    file: "server/services/admin/nodes.ts",
    is: "missing: [...(told?.missing ?? [])],",
    becomes: "missing: [],",
    noticedBy: nodes,
  },
  {
    name: "a node that does not answer is not named in statistics",
    file: stats,
    is: "if (sample === undefined) missing.push(name);",
    becomes: "if (sample === undefined) continue;",
    noticedBy: nodes,
  },
  {
    name: "the journal of a node is told from its beginning each time",
    file: stats,
    is: "heard.number = Number(message.journal.at(-1)?.number ?? heard.number);",
    becomes: "",
    noticedBy: nodes,
  },
  {
    name: "a node in its second life is taken for the first",
    file: stats,
    is: "if (known?.life === life) return known;",
    becomes: "if (known !== undefined) return known;",
    noticedBy: nodes,
  },
  {
    name: "nobody tells a node that its numbers are wanted no more",
    file: stats,
    is: 'this.#nodes.call(name, "endStats", ended).catch(() => undefined);',
    becomes: "void ended;",
    noticedBy: nodes,
  },
  {
    name: "a node measures for ever for a watcher that is dead",
    file: served,
    is: "const timer = engine.timers.set(() => this.end(watch), forMs);",
    becomes: "const timer = engine.timers.set(() => undefined, forMs);",
    noticedBy: nodes,
  },
  {
    name: "the lag of players at other nodes does not count for a room",
    file: merge,
    is: "for (const { lagMaxByRoom } of samples) addLags(lagMax, lagMaxByRoom);",
    becomes: "",
    noticedBy: nodes,
  },
  {
    name: "rows of one node hide those of another that tell more",
    file: merge,
    is: "      .sort((a, b) => score(b) - score(a))\n",
    becomes: "",
    noticedBy: nodes,
  },
  {
    name: "a journal of several nodes is in the order in which they answered",
    file: "server/services/admin/told-journal.ts",
    is: "const sorted = [...rows].sort((a, b) => Number(a.timeMs - b.timeMs));",
    becomes: "const sorted = [...rows];",
    noticedBy: nodes,
  },
  {
    name: "a connection at a node that does not answer is said to be nowhere",
    file: ends,
    is: "if (missing.length === 0) throw noConnection(connectionId);",
    becomes: "throw noConnection(connectionId);",
    noticedBy: nodes,
  },
  {
    name: "a connection at another node is not looked for",
    file: ends,
    is: "if (nodes === undefined) throw noConnection(connectionId);",
    becomes: 'if (nodes === undefined || connectionId !== "") throw noConnection(connectionId);',
    noticedBy: nodes,
  },
  {
    name: "a revocation counts what it ends at one node",
    file: "server/engine.ts",
    is: "answers.reduce((sum, { answer }) => sum + answer.connections, own)",
    becomes: "own + 0 * answers.length",
    noticedBy: nodes,
  },
  {
    name: "a node that begins knows nobody who was revoked",
    file: "server/nodes/node.ts",
    is: "if (revocations.length === 0) return;",
    becomes: "if (revocations.length >= 0) return;",
    noticedBy: nodes,
  },
  {
    name: "a revocation that was learnt holds for ever",
    file: "server/connection/revocations.ts",
    is: "untilMs: nowMs + leftMs",
    becomes: "untilMs: nowMs + leftMs + 86_400_000",
    noticedBy: nodes,
  },
  {
    name: "a node that restarts is a peak in a chart",
    file: "monitor/model/point.ts",
    is: "return `${startedAtMs} ${node}`;",
    becomes: "return startedAtMs === 0 ? node : node;",
    noticedBy: ["monitor/nodes"],
  },
  {
    name: "the newest recording of a room is taken, though it goes on elsewhere",
    file: recordingList,
    is: "return those.findLast(({ open }) => open) ?? byEnd.at(-1);",
    becomes: "return those.at(-1);",
    noticedBy: ["nodes/recordings"],
  },
  {
    name: "an old recording is given for one that may be at a node that does not answer",
    file: recordingList,
    is: "if (found?.open === true || (found !== undefined && missing.length === 0)) return found;",
    becomes: "if (found !== undefined) return found;",
    noticedBy: ["nodes/recordings"],
  },
  {
    name: "a node gives a recording for ever to one that asks no more",
    file: "server/services/admin/served-recordings.ts",
    is: "return engine.timers.set(() => this.end(download), limits.sendTimeoutMs + keptMs);",
    becomes: "return engine.timers.set(() => undefined, limits.sendTimeoutMs + keptMs);",
    noticedBy: ["nodes/recordings"],
  },
  {
    name: "nobody tells a node that the rest of a recording is wanted no more",
    file: recordings,
    is: 'parts.nodes?.call(giver, "endRecording", { download }).catch(() => undefined);',
    becomes: "void download;",
    noticedBy: ["nodes/recordings"],
  },
  {
    name: "a download waits for ever for a node that says nothing",
    file: recordings,
    is: "const pieceWithinMs = 10_000;",
    becomes: "const pieceWithinMs = 10_000_000;",
    noticedBy: ["nodes/recordings"],
  },
  {
    name: "a room that comes back to a node loses what was recorded there",
    file: "server/recording/recordings.ts",
    is: "const recording = before?.recording ?? this.#open(origin, record);",
    becomes:
      "const recording = before !== undefined && !isOver(before) ? before.recording : this.#open(origin, record);",
    noticedBy: ["nodes/recordings"],
  },
  {
    name: "what earlier servers have left of recordings stays for ever",
    file: "server/recording/kept-recordings.ts",
    is: "if (bytes > bytesMax) await rm(join(folder, name), { recursive: true, force: true });",
    becomes: "if (bytes > bytesMax) return;",
    noticedBy: ["replay/folders"],
  },
];
