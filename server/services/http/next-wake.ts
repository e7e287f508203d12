/** Waits until somebody calls what it puts among `wakes`, or the signal aborts. */
export function nextWake(wakes: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      wakes.delete(wake);
      signal.removeEventListener("abort", wake);
      resolve();
    };
    wakes.add(wake);
    signal.addEventListener("abort", wake);
  });
}
