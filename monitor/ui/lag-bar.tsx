import { formatCount, formatWhole } from "../../pages/format.ts";

/** This many events behind fill the bar: a quarter of what a room keeps by default. */
const lagShown = 256;

/** Where a session stands in its room's log: the part it has been sent, and what it is behind. */
export function LagBar({ cursor, lag }: { cursor: number; lag: number }) {
  // The square root makes the first events behind visible.
  const behind = Math.min(1, Math.sqrt(lag / lagShown));
  return (
    <span class="lag" title={`${lag} events behind`}>
      <span class="lag-track" aria-hidden="true">
        <span class="lag-sent" style={`width: ${((1 - behind) * 100).toFixed(1)}%`} />
      </span>
      <span class="lag-text">
        {formatWhole(cursor)}
        <span class="quiet"> / {formatWhole(cursor + lag)}</span>
        {lag > 0 && <span class="hot"> −{formatCount(lag)}</span>}
      </span>
    </span>
  );
}
