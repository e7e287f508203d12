import type { Mutant } from "./mutant.ts";

const manager = "server/session/session-manager.ts";
const verdict = "server/session/verdict.ts";
const stream = "server/session/session-stream.ts";
const record = "server/session/client-record.ts";

/** Coming back, and what a session is sent. */
export const sessionMutants: readonly Mutant[] = [
  {
    name: "any resume token is good",
    file: record,
    is: 'return token !== "" && (token === this.#token || token === this.#tokenBefore);',
    becomes: 'return token !== "";',
    noticedBy: "home",
  },
  {
    name: "no resume token is good as well",
    file: record,
    is: 'return token !== "" && (token === this.#token || token === this.#tokenBefore);',
    becomes: "return token === this.#token || token === this.#tokenBefore;",
    noticedBy: "home",
  },
  {
    name: "the token before the newest is no longer good",
    file: record,
    is: " || token === this.#tokenBefore",
    becomes: "",
    noticedBy: "home",
  },
  {
    name: "a client id in use is taken from its owner",
    file: manager,
    is: "if (known?.attachment !== undefined && !isOurs) {",
    becomes: "if (known?.attachment === attachment) {",
    noticedBy: "home",
  },
  {
    name: "a superseded connection is left open",
    file: manager,
    is: 'older?.close(closeReasons.superseded, "");',
    becomes: "",
    noticedBy: "home",
  },
  {
    name: "a session that is not named is kept",
    file: manager,
    is: "if (!named.has(session.sessionId)) session.close(closeReasons.notResumed, nowMs);",
    becomes: "",
    noticedBy: ["engine/"],
  },
  {
    name: "the resume window never ends",
    file: manager,
    is: "state.sinceMs + feed.about.resumeWindowMs",
    becomes: "state.sinceMs + 1e9",
    noticedBy: "home",
  },
  {
    name: "a goodbye keeps the seats",
    file: manager,
    is: "if (gone) session.abandon(closeReasons.left, nowMs);",
    becomes: "if (false) session.abandon(closeReasons.left, nowMs);",
    noticedBy: "home",
  },
  {
    name: "a position of another epoch is taken for one of this",
    file: verdict,
    is: "if (position.epoch !== epoch || position.cursor > head)",
    becomes: "if (position.cursor > head)",
    noticedBy: ["engine/verdict"],
  },
  {
    name: "a position ahead of the log is taken as it is",
    file: verdict,
    is: "if (position.epoch !== epoch || position.cursor > head)",
    becomes: "if (position.epoch !== epoch)",
    noticedBy: ["engine/"],
  },
  {
    name: "a resume behind the log tells no Gap",
    file: verdict,
    is: "start: { cursor: gap.to, stateTick: 0, backlogEnd: head, gap },",
    becomes: "start: { cursor: gap.to, stateTick: 0, backlogEnd: head },",
    noticedBy: "home",
  },
  {
    name: "a resume at the oldest entry is off by one",
    file: verdict,
    is: "if (position.cursor + 1 >= first) {",
    becomes: "if (position.cursor + 2 >= first) {",
    noticedBy: ["engine/verdict"],
  },
  {
    name: "a resume says that a state is there which is not",
    file: verdict,
    is: "stateTick: position.stateTick <= feed.stateTick ? position.stateTick : 0,",
    becomes: "stateTick: feed.stateTick,",
    noticedBy: "home",
  },
  {
    name: "a join with a position of another epoch tells no Gap",
    file: verdict,
    is: "if (position.epoch !== feed.epoch || position.cursor > feed.head) {",
    becomes: "if (position.cursor > feed.head) {",
    noticedBy: ["engine/"],
  },
  {
    name: "a paused session still gets state",
    file: stream,
    is: 'if (flows && !this.#pullFlow(frame, nowMs)) return "more";',
    becomes:
      'if (flows ? !this.#pullFlow(frame, nowMs) : !this.#pullState(frame, nowMs, false)) return "more";',
    noticedBy: "home",
  },
  {
    name: "a paused session still gets everything",
    file: stream,
    is: "const flows = this.#paused === PauseMode.UNSPECIFIED;",
    becomes: "const flows = true;",
    noticedBy: "home",
  },
  {
    name: "a pause that skips goes on where it stood",
    file: stream,
    is: "if (this.#paused === PauseMode.SKIP) {",
    becomes: "if (this.#paused === PauseMode.UNSPECIFIED) {",
    noticedBy: "home",
  },
  {
    name: "falling off the log is told by no Gap",
    file: stream,
    is: "this.#gap = { from: lost.from, to, reason };",
    becomes: "",
    noticedBy: "home",
  },
  {
    name: "falling off the log brings no snapshot",
    file: stream,
    is: "    this.#skippedTo = 0;\n    this.#snapshotFirst = true;",
    becomes: "    this.#skippedTo = 0;",
    noticedBy: "home",
  },
  {
    name: "one event of 97 is not sent",
    file: stream,
    is: "      this.#write(frame, entry.body);\n      this.#cursor++;",
    becomes:
      "      if (this.#cursor % 97 !== 96) this.#write(frame, entry.body);\n      this.#cursor++;",
    noticedBy: "home",
  },
  {
    name: "one event of 97 is sent twice",
    file: stream,
    is: "      this.#write(frame, entry.body);\n      this.#cursor++;",
    becomes:
      "      this.#write(frame, entry.body);\n      if (this.#cursor % 97 === 96) this.#write(frame, entry.body);\n      this.#cursor++;",
    noticedBy: "home",
  },
  {
    name: "events for some go to all",
    file: stream,
    is: "if (!isFor(entry.audience, this.#playerId)) {",
    becomes: "if (false) {",
    noticedBy: "home",
  },
  {
    name: "a lowered update rate is not kept",
    file: stream,
    is: "if (this.#stateTick > 0 && !isAwaited && this.#waitsForRate(nowMs)) return true;",
    becomes: "",
    noticedBy: "home",
  },
];
