import { backoffMs, type BackoffConfig } from "../../shared/backoff.ts";
import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";

/** What the lifecycle decides by. */
export interface LifecyclePolicy {
  /** From the start to the first Welcome, in milliseconds; Infinity for no bound. */
  readonly connectTimeoutMs: number;
  /** From a dialled stream to its Welcome. */
  readonly welcomeTimeoutMs: number;
  /** Live for this long, the next loss starts the backoff anew. */
  readonly settledAfterMs: number;
  /** Dialling for longer than this, a client dials anew when it is shaken. */
  readonly staleDialMs: number;
  readonly closeTimeoutMs: number;
  readonly lookIntervalMs: number;
  readonly lookIntervalMsMax: number;
  readonly restartRetryMs: number;
  readonly restartMs: number;
  /** Whether there is a way to get a new token (rule HS-9). */
  readonly renewsToken: boolean;
  /** Whether to come back after a loss. */
  readonly reconnect: boolean;
  readonly backoff: BackoffConfig;
}

/** What is remembered from one stream to the next. */
interface Progress {
  /** Tries since the client was last settled. */
  readonly attempt: number;
  /** Streams in a row that ended before their Welcome. */
  readonly misses: number;
  /** There has been a Welcome. */
  readonly everLive: boolean;
  readonly deadlineMs: number;
  /** Where the server told the client to come back; undefined for where it was told to connect. */
  readonly address: string | undefined;
  /** Until then it is likely that a server is being started again (rule DR-3). */
  readonly restartUntilMs: number;
  /** Why the last stream ended, for the error when time is up. */
  readonly lastProblem: string;
}

/** Where a client is in its life. */
export type Lifecycle =
  /** A stream has been asked for; its Welcome is awaited. */
  | { readonly phase: "dialing"; readonly progress: Progress; readonly sinceMs: number }
  /** Between two tries. */
  | { readonly phase: "waiting"; readonly progress: Progress }
  | { readonly phase: "live"; readonly progress: Progress; readonly sinceMs: number }
  /** Live, and told to come back elsewhere or later (rule DR-2). */
  | {
      readonly phase: "moving";
      readonly progress: Progress;
      readonly sinceMs: number;
      /** How often it has looked, and nobody was there. */
      readonly looks: number;
    }
  /** Said goodbye, awaits the end of the stream. */
  | { readonly phase: "closing" }
  | { readonly phase: "closed" };

/** What may happen to a client. */
export type LifecycleEvent =
  /** Welcome came. An empty address: where it was dialled. */
  | { readonly type: "welcomed"; readonly resumeAddress: string }
  /** The stream ended, or could not be had. */
  | { readonly type: "ended"; readonly reason: CloseReason; readonly detail: string }
  /** The stream is of no use any more (rules HB-4, RL-4, ST-1): leave it without a goodbye and come back. */
  | { readonly type: "broken"; readonly reason: CloseReason; readonly detail: string }
  /** The server does what the protocol does not allow (rule FR-3): end the stream for this reason, and stay away. */
  | { readonly type: "refused"; readonly reason: CloseReason; readonly detail: string }
  | {
      readonly type: "go-away";
      readonly reason: CloseReason;
      readonly detail: string;
      readonly afterMs: number;
      readonly address: string;
    }
  /** Whether a server takes new streams where the client is to go. */
  | { readonly type: "looked"; readonly isThere: boolean }
  /** The network changed, or the machine woke up: what was true of the stream may be so no more. */
  | { readonly type: "shaken" }
  /** The one timer of the lifecycle fired. */
  | { readonly type: "timer" }
  /** The user closes. */
  | { readonly type: "close" };

/** What is to be done about it, in order. */
export type LifecycleEffect =
  /** Get a stream to this address (undefined: the one the client was made for) and say Hello. */
  | { readonly type: "dial"; readonly address: string | undefined }
  /** Look whether a server takes new streams there, beside the stream that stands. */
  | { readonly type: "look"; readonly address: string | undefined }
  /** Set the one timer, in place of the one there is. */
  | { readonly type: "set-timer"; readonly delayMs: number }
  | { readonly type: "clear-timer" }
  /** Find out soon whether the stream still stands. */
  | { readonly type: "check" }
  /** Let the sessions use the stream, each as Welcome says. */
  | { readonly type: "attach" }
  /** Tear the stream down, or stop getting one; hear nothing of it any more. */
  | { readonly type: "drop" }
  /** End the stream orderly. */
  | { readonly type: "goodbye"; readonly reason: CloseReason; readonly detail: string }
  /** It is over. `unreachable`: it never began, and time is up. */
  | {
      readonly type: "finish";
      readonly reason: CloseReason;
      readonly detail: string;
      readonly unreachable: boolean;
    };

/** The next state, and what to do on the way there. */
export type Transition = readonly [state: Lifecycle, effects: readonly LifecycleEffect[]];

/** The circumstances of a transition. `chance` is a fresh random number from 0 to 1. */
export interface LifecycleContext {
  readonly policy: LifecyclePolicy;
  readonly nowMs: number;
  readonly chance: number;
}

/** The first state and what to do in it. `address`: where to go first, if that is not where the client was made for. */
export function beginLifecycle({ policy, nowMs }: LifecycleContext, address?: string): Transition {
  const progress: Progress = {
    attempt: 0,
    misses: 0,
    everLive: false,
    deadlineMs: nowMs + policy.connectTimeoutMs,
    address,
    restartUntilMs: -Infinity,
    lastProblem: "",
  };
  return dial(progress, { policy, nowMs, chance: 0 });
}

/** What comes next: pure, so that it can be read and tested as a table. */
export function nextLifecycle(
  state: Lifecycle,
  event: LifecycleEvent,
  context: LifecycleContext,
): Transition {
  if (state.phase === "closed") return [state, []];
  if (state.phase === "closing") return whileClosing(state, event);
  switch (event.type) {
    case "welcomed":
      return welcomed(state, event.resumeAddress, context);
    case "ended":
      return state.phase === "waiting" ? [state, []] : comeBack(state, event, context);
    case "broken":
      if (state.phase === "waiting") return [state, []];
      return after({ type: "drop" }, comeBack(state, event, context));
    case "refused":
      return finish(event, [{ type: "goodbye", reason: event.reason, detail: event.detail }]);
    case "go-away":
      return goAway(state, event, context);
    case "looked":
      return looked(state, event.isThere, context);
    case "shaken":
      return shaken(state, context);
    case "timer":
      return timer(state, context);
    case "close":
      return close(state, context);
  }
}

type Open = Exclude<Lifecycle, { readonly phase: "closing" | "closed" }>;
type Ending = Pick<Extract<LifecycleEvent, { readonly type: "ended" }>, "reason" | "detail">;
const byUser: Ending = { reason: closeReasons.clientClosed, detail: "" };
const moved: Ending = { reason: closeReasons.draining, detail: "" };

function welcomed(state: Open, resumeAddress: string, { nowMs }: LifecycleContext): Transition {
  if (state.phase !== "dialing") return [state, []];
  const address = resumeAddress === "" ? state.progress.address : resumeAddress;
  const progress: Progress = {
    ...state.progress,
    ...{ misses: 0, everLive: true, address, restartUntilMs: -Infinity },
  };
  return [
    { phase: "live", progress, sinceMs: nowMs },
    [{ type: "clear-timer" }, { type: "attach" }],
  ];
}

/** The stream is gone: waits and tries again, unless the reason or the policy is against it (rule CL-1). */
function comeBack(
  state: Exclude<Open, { readonly phase: "waiting" }>,
  ending: Ending,
  context: LifecycleContext,
): Transition {
  const { policy, nowMs, chance } = context;
  const { everLive } = state.progress;
  if (isFinal(ending.reason, policy) || (everLive && !policy.reconnect)) return finish(ending, []);
  const restartUntilMs =
    state.phase === "moving" ? nowMs + policy.restartMs : state.progress.restartUntilMs;
  const isRestart = nowMs < restartUntilMs;
  const attempt = isRestart ? 0 : attemptOf(state, context);
  const delayMs = isRestart
    ? policy.restartRetryMs * (0.2 + 0.8 * chance)
    : backoffMs(policy.backoff, attempt, () => chance);
  const progress: Progress = {
    ...state.progress,
    attempt: attempt + 1,
    restartUntilMs,
    misses: state.phase === "dialing" ? state.progress.misses + 1 : 0,
    lastProblem: ending.detail === "" ? ending.reason.name : ending.detail,
  };
  return [
    { phase: "waiting", progress },
    [{ type: "set-timer", delayMs: beforeDeadline(progress, delayMs, nowMs) }],
  ];
}

/** Another try would end the same way. */
function isFinal(reason: CloseReason, { renewsToken }: LifecyclePolicy): boolean {
  return reason.action === "stop" || (reason === closeReasons.tokenExpired && !renewsToken);
}

/** A server that is going moves its players, spread over time; until then all goes on (rule DR-2). */
function goAway(
  state: Open,
  event: Extract<LifecycleEvent, { readonly type: "go-away" }>,
  context: LifecycleContext,
): Transition {
  const { policy, chance } = context;
  if (state.phase !== "live" && state.phase !== "moving") return [state, []];
  // The end of the stream will say it again, and then it is final.
  if (event.reason.action === "stop") return [state, []];
  const address = event.address === "" ? state.progress.address : event.address;
  // Servers that send a client back and forth make it wait: what has not settled backs off as after a loss.
  const attempt = attemptOf(state, context);
  const leastMs = attempt === 0 ? 0 : backoffMs(policy.backoff, attempt, () => chance);
  const delayMs = Math.max(event.afterMs, leastMs);
  const progress = { ...state.progress, attempt: attempt + 1, address };
  return [
    { phase: "moving", progress, sinceMs: state.sinceMs, looks: 0 },
    [{ type: "set-timer", delayMs }],
  ];
}

/** Goes where somebody is; else stays, and looks again (rule DR-3). */
function looked(state: Open, isThere: boolean, context: LifecycleContext): Transition {
  if (state.phase !== "moving") return [state, []];
  if (isThere) return after({ type: "drop" }, dial(state.progress, context));
  const { policy, chance } = context;
  // A server that is going has other things to do than to turn all its clients away each second.
  const longestMs = Math.min(policy.lookIntervalMsMax, policy.lookIntervalMs * 2 ** state.looks);
  const delayMs = longestMs * (0.5 + 0.5 * chance);
  return [{ ...state, looks: state.looks + 1 }, [{ type: "set-timer", delayMs }]];
}

/** What has waited for its time tries now; what stands is looked after. */
function shaken(state: Open, context: LifecycleContext): Transition {
  switch (state.phase) {
    case "live":
    case "moving":
      return [state, [{ type: "check" }]];
    case "waiting":
      return timer(state, context);
    case "dialing":
      if (context.nowMs - state.sinceMs < context.policy.staleDialMs) return [state, []];
      return after({ type: "drop" }, dial(state.progress, context));
  }
}

function timer(state: Open, context: LifecycleContext): Transition {
  const { nowMs } = context;
  switch (state.phase) {
    case "live":
      return [state, []];
    case "moving":
      // Whoever does not come back goes all the same: nobody is to wait for it.
      if (!context.policy.reconnect) return finish(moved, [{ type: "goodbye", ...byUser }]);
      return [state, [{ type: "look", address: state.progress.address }]];
    case "waiting":
      if (isTooLate(state.progress, nowMs)) return unreachable(state.progress, []);
      return dial(state.progress, context);
    case "dialing": {
      if (isTooLate(state.progress, nowMs)) return unreachable(state.progress, [{ type: "drop" }]);
      const ending = { reason: closeReasons.connectionLost, detail: "No Welcome came in time." };
      return after({ type: "drop" }, comeBack(state, ending, context));
    }
  }
}

function close(state: Open, { policy }: LifecycleContext): Transition {
  switch (state.phase) {
    case "waiting":
      return finish(byUser, []);
    case "dialing":
      return finish(byUser, [{ type: "drop" }]);
    case "live":
    case "moving":
      return [
        { phase: "closing" },
        [
          { type: "set-timer", delayMs: policy.closeTimeoutMs },
          { type: "goodbye", ...byUser },
        ],
      ];
  }
}

function whileClosing(state: Lifecycle, event: LifecycleEvent): Transition {
  if (event.type === "ended") return finish(byUser, []);
  if (event.type === "timer") return finish(byUser, [{ type: "drop" }]);
  return [state, []];
}

function dial(progress: Progress, { policy, nowMs }: LifecycleContext): Transition {
  // The server that named another address may be wrong by now, so every second try goes to the first one.
  const address = progress.misses % 2 === 0 ? progress.address : undefined;
  const delayMs = beforeDeadline(progress, policy.welcomeTimeoutMs, nowMs);
  return [
    { phase: "dialing", progress, sinceMs: nowMs },
    [
      { type: "set-timer", delayMs },
      { type: "dial", address },
    ],
  ];
}

function finish(ending: Ending, before: readonly LifecycleEffect[]): Transition {
  const { reason, detail } = ending;
  return [
    { phase: "closed" },
    [{ type: "clear-timer" }, ...before, { type: "finish", reason, detail, unreachable: false }],
  ];
}

function unreachable(progress: Progress, before: readonly LifecycleEffect[]): Transition {
  const end: LifecycleEffect = {
    type: "finish",
    reason: closeReasons.connectionLost,
    detail: progress.lastProblem,
    unreachable: true,
  };
  return [{ phase: "closed" }, [{ type: "clear-timer" }, ...before, end]];
}

/** How many tries in a row this loss makes; a connection that stood for a while forgives the ones before. */
function attemptOf(
  state: Exclude<Open, { readonly phase: "waiting" }>,
  { policy, nowMs }: LifecycleContext,
): number {
  const settled = state.phase !== "dialing" && nowMs - state.sinceMs >= policy.settledAfterMs;
  return settled ? 0 : state.progress.attempt;
}

function after(first: LifecycleEffect, [state, effects]: Transition): Transition {
  return [state, [first, ...effects]];
}

function isTooLate(progress: Progress, nowMs: number): boolean {
  return !progress.everLive && nowMs >= progress.deadlineMs;
}

function beforeDeadline(progress: Progress, delayMs: number, nowMs: number): number {
  return progress.everLive ? delayMs : Math.min(delayMs, progress.deadlineMs - nowMs);
}
