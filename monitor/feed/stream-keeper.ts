import { backoffMs, type BackoffConfig } from "../../shared/backoff.ts";
import type { Clock, Timer } from "../../shared/clock.ts";
import type { RandomSource } from "../../shared/random.ts";
import { judgeFailure, type Link } from "../../pages/link.ts";

/** A stream that is kept open, and who hears of it. */
interface KeeperParts<Message> {
  /** Opens the stream anew; it ends when `signal` aborts. */
  open(signal: AbortSignal): AsyncIterable<Message>;
  onMessage(message: Message): void;
  readonly onLink: (link: Link) => void;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Without a message for this long, the stream is taken for dead. */
  silenceMsMax(): number;
}

/** Keeps a stream open until it is stopped. */
interface StreamKeeper {
  /** Ends the stream that is open and opens another at once: with a new token, at another pace, or now instead of later. */
  restart(): void;
  stop(): void;
}

const backoff: BackoffConfig = { initialMs: 500, maxMs: 10_000, factor: 2 };

/** Starts a {@link StreamKeeper}: opens the stream, and again with backoff whenever it ends. */
export function keepStream<Message>(parts: KeeperParts<Message>): StreamKeeper {
  const { clock, random, onLink } = parts;
  let failures = 0;
  let life = new AbortController();
  let retry: Timer | undefined;

  async function run(own: AbortController): Promise<void> {
    const watchdog = createWatchdog(parts, () => own.abort());
    try {
      for await (const message of parts.open(own.signal)) {
        if (own !== life) return;
        watchdog.feed();
        failures = 0;
        onLink({ status: "live" });
        parts.onMessage(message);
      }
      if (own === life) end("The server ended the stream.");
    } catch (thrown) {
      if (own === life) end(own.signal.aborted ? "The server has gone silent." : thrown);
    } finally {
      watchdog.stop();
    }
  }

  /** Tells how the stream ended, and comes back where that may help. */
  function end(why: unknown): void {
    const { failure, message } = judgeFailure(why);
    if (failure === "token-wanted") {
      onLink({ status: "token-wanted", message });
      return;
    }
    const waitMs = failure === "refused" ? backoff.maxMs : backoffMs(backoff, failures++, random);
    onLink(
      failure === "refused"
        ? { status: "refused", message }
        : { status: "retrying", retryAtMs: clock.now() + waitMs, message },
    );
    retry = clock.setTimer(start, waitMs);
  }

  function start(): void {
    retry?.cancel();
    life = new AbortController();
    void run(life);
  }

  function stop(): void {
    retry?.cancel();
    const last = life;
    life = new AbortController();
    last.abort();
  }

  onLink({ status: "connecting" });
  start();
  return {
    restart() {
      stop();
      start();
    },
    stop,
  };
}

/** Calls `onSilence` when it was not fed for too long: a connection that broke without a word gives no error for minutes. */
function createWatchdog(
  { clock, silenceMsMax }: Pick<KeeperParts<never>, "clock" | "silenceMsMax">,
  onSilence: () => void,
): { feed(): void; stop(): void } {
  let timer = clock.setTimer(onSilence, silenceMsMax());
  return {
    feed() {
      timer.cancel();
      timer = clock.setTimer(onSilence, silenceMsMax());
    },
    stop: () => timer.cancel(),
  };
}
