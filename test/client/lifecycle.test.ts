import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  beginLifecycle,
  nextLifecycle,
  type LifecycleContext,
  type LifecycleEffect,
  type LifecycleEvent,
  type LifecyclePolicy,
} from "../../client/lifecycle/lifecycle.ts";
import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";

const policy: LifecyclePolicy = {
  connectTimeoutMs: 10_000,
  welcomeTimeoutMs: 4_000,
  settledAfterMs: 5_000,
  staleDialMs: 1_000,
  closeTimeoutMs: 2_000,
  lookIntervalMs: 1_000,
  lookIntervalMsMax: 3_000,
  restartRetryMs: 500,
  restartMs: 30_000,
  reconnect: true,
  renewsToken: true,
  backoff: { initialMs: 100, maxMs: 1_000, factor: 2 },
};
const at = (nowMs: number, more: Partial<LifecyclePolicy> = {}): LifecycleContext => ({
  policy: { ...policy, ...more },
  nowMs,
  chance: 0,
});
const welcomed: LifecycleEvent = { type: "welcomed", resumeAddress: "" };
const lost: LifecycleEvent = { type: "ended", reason: closeReasons.connectionLost, detail: "Cut." };

/** Runs events, each at its time, from the beginning. Returns the last phase and effects, as short text. */
function run(
  events: readonly (readonly [nowMs: number, event: LifecycleEvent])[],
  more?: Partial<LifecyclePolicy>,
) {
  let [state, effects] = beginLifecycle(at(0, more));
  for (const [nowMs, event] of events)
    [state, effects] = nextLifecycle(state, event, at(nowMs, more));
  return `${state.phase}: ${effects.map(short).join("; ")}`;
}

function short(effect: LifecycleEffect): string {
  switch (effect.type) {
    case "look":
      return `look ${effect.address ?? "home"}`;
    case "dial":
      return `dial ${effect.address ?? "home"}`;
    case "set-timer":
      return `timer ${effect.delayMs}`;
    case "goodbye":
      return `goodbye ${effect.reason.name}`;
    case "finish":
      return effect.unreachable ? "unreachable" : `finish ${effect.reason.name}`;
    case "clear-timer":
    case "drop":
    case "attach":
    case "check":
      return effect.type;
  }
}

const goAway = (address: string, reason: CloseReason): LifecycleEvent => ({
  type: "go-away",
  reason,
  detail: "",
  afterMs: 700,
  address,
});

const events: Readonly<Record<string, LifecycleEvent>> = {
  welcomed,
  lost,
  timer: { type: "timer" },
  close: { type: "close" },
  shaken: { type: "shaken" },
  seen: { type: "looked", isThere: true },
  unseen: { type: "looked", isThere: false },
  superseded: { type: "ended", reason: closeReasons.superseded, detail: "" },
  broken: { type: "broken", reason: closeReasons.livenessTimeout, detail: "" },
  refused: { type: "refused", reason: closeReasons.protocolError, detail: "" },
  goAway: goAway("", closeReasons.draining),
  goAwayThere: goAway("there", closeReasons.draining),
  goAwayForbidden: goAway("", closeReasons.forbidden),
};

/** Name; what happens, each with its millisecond; the phase then, and the last effects; what differs in the policy. */
const table: readonly (readonly [string, string, string, Partial<LifecyclePolicy>?])[] = [
  ["begins by dialling", "", "dialing: timer 4000; dial home"],
  ["Welcome makes it live", "10 welcomed", "live: clear-timer; attach"],
  ["a failed dial waits", "10 lost", "waiting: timer 50"],
  ["and waits longer the next time", "10 lost; 60 timer; 70 lost", "waiting: timer 100"],
  ["the wait dials", "10 lost; 60 timer", "dialing: timer 4000; dial home"],
  ["no Welcome in time", "4000 timer", "waiting: drop; timer 50"],
  ["waits end at the deadline", "9990 lost", "waiting: timer 10"],
  ["dials end at the deadline", "9000 lost; 9050 timer", "dialing: timer 950; dial home"],
  ["the deadline while waiting", "9990 lost; 10000 timer", "closed: clear-timer; unreachable"],
  [
    "the deadline while dialling",
    "9000 lost; 9050 timer; 10000 timer",
    "closed: clear-timer; drop; unreachable",
  ],
  [
    "Infinity has no deadline",
    "1000000000 lost; 2000000000 timer",
    "dialing: timer 4000; dial home",
    { connectTimeoutMs: Infinity },
  ],
  [
    "there is no deadline once it was live",
    "10 welcomed; 20000 lost; 20050 timer",
    "dialing: timer 4000; dial home",
  ],
  ["a terminal reason while dialling", "10 superseded", "closed: clear-timer; finish superseded"],
  [
    "a terminal reason while live",
    "10 welcomed; 20 superseded",
    "closed: clear-timer; finish superseded",
  ],
  ["a loss while live", "10 welcomed; 20 lost", "waiting: timer 50"],
  [
    "losses soon after Welcome count together",
    "10 welcomed; 20 lost; 70 timer; 80 welcomed; 90 lost",
    "waiting: timer 100",
  ],
  [
    "a stream that stood forgives them",
    "10 lost; 60 timer; 70 welcomed; 5070 lost",
    "waiting: timer 50",
  ],
  [
    "reconnect: false",
    "10 welcomed; 20 lost",
    "closed: clear-timer; finish connection-lost",
    { reconnect: false },
  ],
  [
    "reconnect: false still tries for the first connection",
    "10 lost",
    "waiting: timer 50",
    { reconnect: false },
  ],
  ["a broken stream is dropped", "10 welcomed; 20 broken", "waiting: drop; timer 50"],
  ["nothing is broken between streams", "10 lost; 20 broken", "waiting: "],
  [
    "a refused stream ends it",
    "10 welcomed; 20 refused",
    "closed: clear-timer; goodbye protocol-error; finish protocol-error",
  ],
  ["GoAway leaves time", "10 welcomed; 9000 goAway", "moving: timer 700"],
  [
    "DR-3: then looks whether somebody is there",
    "10 welcomed; 9000 goAwayThere; 9700 timer",
    "moving: look there",
  ],
  [
    "DR-3: where somebody is, it goes",
    "10 welcomed; 9000 goAwayThere; 9700 timer; 9900 seen",
    "dialing: drop; timer 4000; dial there",
  ],
  [
    "DR-3: where nobody is, it does not go, and looks again",
    "10 welcomed; 9000 goAway; 9700 timer; 9701 unseen",
    "moving: timer 500",
  ],
  [
    "DR-3: and again, more and more seldom",
    "10 welcomed; 9000 goAway; 9700 timer; 9701 unseen; 10201 timer; 10202 unseen; 11202 timer; 11203 unseen",
    "moving: timer 1500",
  ],
  ["a look that comes too late", "10 welcomed; 9000 goAway; 9100 lost; 9110 seen", "waiting: "],
  [
    "DR-3: when a server that said so is gone, it tries soon",
    "10 welcomed; 9000 goAway; 9100 lost",
    "waiting: timer 100",
  ],
  [
    "DR-3: and as soon again while it may be starting",
    "10 welcomed; 9000 goAway; 9100 lost; 9200 timer; 9201 lost; 9301 timer; 39000 lost",
    "waiting: timer 100",
  ],
  [
    "DR-3: after that as after any loss",
    "10 welcomed; 9000 goAway; 9100 lost; 9200 timer; 39101 lost; 39201 timer; 39250 lost",
    "waiting: timer 200",
  ],
  [
    "every second try goes home",
    "10 welcomed; 9000 goAwayThere; 9700 timer; 9900 seen; 9910 lost; 9970 timer",
    "dialing: timer 4000; dial home",
  ],
  [
    "DR-2: reconnect: false obeys GoAway by ending",
    "10 welcomed; 9000 goAway; 9700 timer",
    "closed: clear-timer; goodbye client-closed; finish draining",
    { reconnect: false },
  ],
  ["a terminal GoAway waits for the close", "10 welcomed; 20 goAwayForbidden", "live: "],
  ["close while live", "10 welcomed; 20 close", "closing: timer 2000; goodbye client-closed"],
  [
    "the end of a close",
    "10 welcomed; 20 close; 30 lost",
    "closed: clear-timer; finish client-closed",
  ],
  [
    "a close that takes too long",
    "10 welcomed; 20 close; 2020 timer",
    "closed: clear-timer; drop; finish client-closed",
  ],
  ["close while dialling", "20 close", "closed: clear-timer; drop; finish client-closed"],
  ["close while waiting", "10 lost; 20 close", "closed: clear-timer; finish client-closed"],
  [
    "close while moving",
    "10 welcomed; 20 goAway; 30 close",
    "closing: timer 2000; goodbye client-closed",
  ],
  ["shaken while live", "10 welcomed; 20 shaken", "live: check"],
  ["shaken while moving", "10 welcomed; 20 goAway; 30 shaken", "moving: check"],
  ["shaken while waiting", "10 lost; 20 shaken", "dialing: timer 4000; dial home"],
  [
    "shaken at the deadline while waiting",
    "9990 lost; 10001 shaken",
    "closed: clear-timer; unreachable",
  ],
  ["shaken in a fresh dial", "999 shaken", "dialing: "],
  ["shaken in an old dial", "1000 shaken", "dialing: drop; timer 4000; dial home"],
  ["shaken while closing", "10 welcomed; 20 close; 30 shaken", "closing: "],
  ["after the end nothing happens", "20 close; 30 welcomed; 40 timer", "closed: "],
];

/** Reads `10 welcomed; 20 lost`. */
function parse(text: string): (readonly [number, LifecycleEvent])[] {
  if (text === "") return [];
  return text.split("; ").map((part) => {
    const [nowMs, name = ""] = part.split(" ");
    const event = events[name];
    assert.ok(event, part);
    return [Number(nowMs), event];
  });
}

suite("client: lifecycle", () => {
  for (const [name, happens, outcome, policy] of table)
    test(name, () => assert.equal(run(parse(happens), policy), outcome));

  test("CL-1: of every close reason the action decides", () => {
    for (const reason of Object.values(closeReasons)) {
      const outcome = run([
        [10, welcomed],
        [20, { type: "ended", reason, detail: "" }],
      ]);
      const phase = reason.action === "stop" ? "closed" : "waiting";
      assert.ok(outcome.startsWith(phase), `${reason.name}: ${outcome}`);
    }
  });
});
