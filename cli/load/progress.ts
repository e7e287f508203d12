import { Presets, SingleBar } from "cli-progress";

/** Shows how far a run is; does nothing where nobody looks. */
export interface Progress {
  joined(players: number): void;
  sent(seconds: number): void;
  settling(): void;
  stop(): void;
}

/** A progress that shows nothing. */
export const noProgress: Progress = { joined() {}, sent() {}, settling() {}, stop() {} };

/** A bar on stderr. */
export function createProgressBar(totals: {
  readonly players: number;
  readonly seconds: number;
}): Progress {
  const bar = new SingleBar(
    { format: "{what} {bar} {value}/{total} {unit}", hideCursor: true, clearOnComplete: true },
    Presets.shades_classic,
  );
  bar.start(totals.players, 0, { what: "joining ", unit: "players" });
  let isSending = false;
  return {
    joined: (players) => bar.update(players),
    sent(seconds) {
      if (!isSending) bar.start(Math.ceil(totals.seconds), 0, { what: "sending ", unit: "s" });
      isSending = true;
      bar.update(Math.floor(seconds));
    },
    settling: () => bar.update({ what: "settling" }),
    stop: () => bar.stop(),
  };
}
