/** `fetch` over a network that can be cut: what streams breaks off, as it does when a cable is pulled. */
export interface CuttableFetch {
  readonly fetch: typeof fetch;
  /** Breaks all answers that are under way. New requests fail until `offlineMs` have passed. */
  cut(offlineMs: number): void;
}

/** Makes one; every request goes to `way`. */
export function createCuttableFetch(way: typeof fetch): CuttableFetch {
  let cable = new AbortController();
  let offlineUntilMs = 0;
  /** What a browser says when the network fails it. */
  const failure = () => new TypeError("The network is cut.");
  return {
    async fetch(input, init) {
      if (performance.now() < offlineUntilMs) throw failure();
      const { signal } = cable;
      const signals = init?.signal ? [signal, init.signal] : [signal];
      const response = await way(input, { ...init, signal: AbortSignal.any(signals) });
      if (response.body === null) return response;
      return new Response(response.body.pipeThrough(breakable(signal)), response);
    },
    cut(offlineMs) {
      offlineUntilMs = performance.now() + offlineMs;
      cable.abort(failure());
      cable = new AbortController();
    },
  };
}

/** Passes bytes on until the signal comes; then whoever reads gets its reason. */
function breakable(
  signal: AbortSignal,
): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  return new TransformStream({
    start(controller) {
      signal.addEventListener("abort", () => controller.error(signal.reason));
    },
  });
}
