import type { RoomlineError } from "../../shared/errors.ts";

/** Who waits for a commit. */
interface CommitWaiter {
  readonly resolve: () => void;
  readonly reject: (reason: RoomlineError) => void;
}

/**
 * The life of one instance of a room: whether it is open, and what its code is told of that, by a signal and by commits that it waits for.
 */
export class InstanceLife {
  /** The number of the instance. */
  term: number;
  /** `moved`: the room goes on as another instance, or another time. */
  #status: "making" | "open" | "closed" | "moved" = "making";
  /** Why it is over; undefined: it is not. */
  #over: RoomlineError | undefined;
  /** Undefined: nobody has asked for the signal. */
  #abort: AbortController | undefined;
  /** Who wants to know of the next commit; undefined: nobody. */
  #awaited: CommitWaiter[] | undefined;
  /** Those of before, whose commit is on its way. */
  #sealed: CommitWaiter[] = [];

  constructor(term: number) {
    this.term = term;
  }

  /** Whether the room's code is still making it. */
  get isMaking(): boolean {
    return this.#status === "making";
  }

  get isOpen(): boolean {
    return this.#status === "open";
  }

  /** Whether nothing happens in it any more. */
  get isClosed(): boolean {
    return this.#status === "closed" || this.#status === "moved";
  }

  open(): void {
    this.#status = "open";
  }

  close(): void {
    this.#status = "closed";
  }

  /** The room goes on as another instance, or another time. */
  move(): void {
    this.#status = "moved";
  }

  /** Code of an instance that is over changes nothing where the room goes on. @throws RoomlineError `room-moved` */
  guard(): void {
    if (this.#status === "moved" && this.#over !== undefined) throw this.#over;
  }

  /** Whether somebody waits for the next commit. */
  get isAwaited(): boolean {
    return this.#awaited !== undefined;
  }

  /** Aborts when this instance is over. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#over !== undefined && !this.#abort.signal.aborted) this.#abort.abort(this.#over);
    return this.#abort.signal;
  }

  /** Resolves at the next {@link commit}; rejects with why this instance is over. */
  committed(): Promise<void> {
    const committed = new Promise<void>((resolve, reject) => {
      if (this.#over !== undefined) reject(this.#over);
      else (this.#awaited ??= []).push({ resolve, reject });
    });
    // Code that has not waited for it is not to end the process.
    committed.catch(() => undefined);
    return committed;
  }

  /** All that the room has done can be seen. */
  commit(): void {
    if (this.#awaited !== undefined) this.seal()?.();
  }

  /** All that the room has done so far will be seen when what is returned is called; undefined: nobody waits for that. */
  seal(): (() => void) | undefined {
    const awaited = this.#awaited;
    if (awaited === undefined) return undefined;
    this.#awaited = undefined;
    this.#sealed = [...this.#sealed, ...awaited];
    return () => {
      const sealed = this.#sealed;
      this.#sealed = [];
      for (const { resolve } of sealed) resolve();
    };
  }

  /** It is over, and its code is told so and why. */
  end(reason: RoomlineError): void {
    this.#over = reason;
    const awaited = [...this.#sealed, ...(this.#awaited ?? [])];
    this.#awaited = undefined;
    this.#sealed = [];
    for (const { reject } of awaited) reject(reason);
    this.#abort?.abort(reason);
  }
}
