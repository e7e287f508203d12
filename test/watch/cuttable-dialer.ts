import { Code, ConnectError, type StreamResponse, type Transport } from "@connectrpc/connect";
import type { DescMessage } from "@bufbuild/protobuf";
import type { CallDialer } from "../../client/index.ts";

/** A way to the watch service of a bench that breaks as the test says. */
export interface CuttableDialer extends CallDialer {
  /** Lines dialled so far. */
  readonly dialled: number;
  /** Lines that have not been closed. */
  readonly open: number;
  /** While down, what is dialled fails. */
  down: boolean;
  /** While silent, nothing comes through, and nobody is told. */
  silent: boolean;
  /** Breaks what is open. */
  cut(): void;
}

export function createCuttableDialer(transport: Transport): CuttableDialer {
  const lines = new Set<AbortController>();
  let dialled = 0;
  const dialer: CuttableDialer = {
    target: "test",
    down: false,
    silent: false,
    get dialled() {
      return dialled;
    },
    get open() {
      return lines.size;
    },
    cut() {
      const lost = new ConnectError("The cable was cut.", Code.Unavailable);
      for (const line of lines) line.abort(lost);
    },
    dial() {
      dialled++;
      const line = new AbortController();
      lines.add(line);
      if (dialer.down) line.abort(new ConnectError("Nobody listens.", Code.Unavailable));
      return { transport: over(transport, line, dialer), close: () => void lines.delete(line) };
    },
  };
  return dialer;
}

/** The transport, as long as the line holds. */
function over(transport: Transport, line: AbortController, dialer: CuttableDialer): Transport {
  const both = (signal: AbortSignal | undefined) =>
    signal === undefined ? line.signal : AbortSignal.any([line.signal, signal]);
  return {
    unary: (method, signal, ...rest) => transport.unary(method, both(signal), ...rest),
    async stream(method, signal, ...rest) {
      line.signal.throwIfAborted();
      const response = await transport.stream(method, both(signal), ...rest);
      return { ...response, message: heard(response, both(signal), dialer) };
    },
  };
}

async function* heard<I extends DescMessage, O extends DescMessage>(
  { message }: StreamResponse<I, O>,
  signal: AbortSignal,
  dialer: CuttableDialer,
) {
  for await (const next of message) {
    if (dialer.silent) {
      await new Promise((_, reject) => {
        const fail = () => reject(ConnectError.from(signal.reason, Code.Canceled));
        signal.addEventListener("abort", fail);
      });
    }
    signal.throwIfAborted();
    yield next;
  }
}
