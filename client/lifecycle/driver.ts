import type { Clock, Timer } from "../../shared/clock.ts";
import type { RandomSource } from "../../shared/random.ts";
import {
  beginLifecycle,
  nextLifecycle,
  type Lifecycle,
  type LifecycleContext,
  type LifecycleEffect,
  type LifecycleEvent,
  type LifecyclePolicy,
  type Transition,
} from "./lifecycle.ts";

/** An effect that is not a matter of timers. */
export type LifecycleAction = Exclude<
  LifecycleEffect,
  { readonly type: "set-timer" | "clear-timer" }
>;

/** What drives a lifecycle. */
interface LifecycleDriverParts {
  readonly policy: LifecyclePolicy;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly act: (action: LifecycleAction) => void;
  /** The state has changed, and everything that follows from it is done. */
  readonly onChange: () => void;
}

/** Carries a lifecycle from one event to the next: keeps its state and its timer, and has its effects done. */
export class LifecycleDriver {
  readonly #parts: LifecycleDriverParts;
  #state: Lifecycle;
  #timer: Timer | undefined;
  #waiting: LifecycleEvent[] = [];
  #busy = false;

  constructor(parts: LifecycleDriverParts) {
    this.#parts = parts;
    this.#state = { phase: "closed" };
  }

  get state(): Lifecycle {
    return this.#state;
  }

  /** Starts. `address`: where to go first; undefined for where the client was made for. */
  begin(address: string | undefined): void {
    this.#run(beginLifecycle(this.#context(), address));
    this.#runWaiting();
  }

  /** An event happened. One that an effect brings about waits until all effects of the one before are done. */
  on(event: LifecycleEvent): void {
    this.#waiting.push(event);
    if (!this.#busy) this.#runWaiting();
  }

  #runWaiting(): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift())
      this.#run(nextLifecycle(this.#state, next, this.#context()));
  }

  #context(): LifecycleContext {
    const { policy, clock, random } = this.#parts;
    return { policy, nowMs: clock.now(), chance: random() };
  }

  #run([state, effects]: Transition): void {
    this.#busy = true;
    this.#state = state;
    for (const effect of effects) this.#do(effect);
    this.#parts.onChange();
    this.#busy = false;
  }

  #do(effect: LifecycleEffect): void {
    switch (effect.type) {
      case "set-timer":
        this.#timer?.cancel();
        this.#timer = this.#setTimer(effect.delayMs);
        return;
      case "clear-timer":
        this.#timer?.cancel();
        this.#timer = undefined;
        return;
      default:
        this.#parts.act(effect);
    }
  }

  #setTimer(delayMs: number): Timer | undefined {
    if (delayMs === Infinity) return undefined;
    return this.#parts.clock.setTimer(() => this.on({ type: "timer" }), delayMs);
  }
}
