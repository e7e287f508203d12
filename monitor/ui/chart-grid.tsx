import { useMemo, useState } from "preact/hooks";
import { chartList } from "../model/chart-list.ts";
import { formatDuration, formatTime } from "../../pages/format.ts";
import type { History } from "../model/history.ts";
import { createStore, type Store } from "../../pages/store.ts";
import { windowSeconds } from "../model/time-window.ts";
import { Chart } from "./chart.tsx";
import type { Theme } from "../../pages/theme.ts";
import { useStore } from "../../pages/use-store.ts";

const spans = [
  { seconds: 120, label: "2 min" },
  { seconds: 300, label: "5 min" },
] as const;

/** All charts, over one time axis. */
export function ChartGrid({ history, theme }: { history: History; theme: Theme }) {
  const [chosenSeconds, setChosenSeconds] = useState<number>(spans[0].seconds);
  const heldSeconds = history.newestMs / 1000 - (history.times[0] ?? 0);
  const spanSeconds = windowSeconds(heldSeconds, chosenSeconds);
  const hover = useMemo(
    () => createStore<number | undefined>(undefined, (run) => void requestAnimationFrame(run)),
    [],
  );
  return (
    <section class="charts" aria-label="Charts">
      <div class="section-head">
        <h2>Live</h2>
        <HoverTime history={history} hover={hover} />
        <div class="segmented" role="group" aria-label="Time span">
          {spans.map(({ seconds, label }) => (
            <button
              key={label}
              type="button"
              aria-pressed={seconds === chosenSeconds}
              onClick={() => setChosenSeconds(seconds)}
            >
              {label}
            </button>
          ))}
        </div>
      </div>
      <div class="chart-grid">
        {chartList.map((spec) => (
          <Chart key={spec.id} {...{ spec, history, spanSeconds, theme, hover }} />
        ))}
      </div>
    </section>
  );
}

/** When the pointer is over a chart: which moment it is at. */
function HoverTime({ history, hover }: { history: History; hover: Store<number | undefined> }) {
  const index = useStore(hover);
  const at = index === undefined ? undefined : history.times[index];
  if (at === undefined) return <span class="quiet hover-time">point at a chart to read all</span>;
  return (
    <span class="hover-time">
      {formatTime(at * 1000)}{" "}
      <span class="quiet">{formatDuration(history.newestMs - at * 1000)} ago</span>
    </span>
  );
}
