import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import type { ChartSpec, Line } from "../model/chart-list.ts";
import type { History } from "../model/history.ts";
import type { Store } from "../../pages/store.ts";
import { chartOptions, formatOf } from "./chart-options.ts";
import type { Theme } from "../../pages/theme.ts";
import { useStore } from "../../pages/use-store.ts";

interface ChartProps {
  readonly spec: ChartSpec;
  readonly history: History;
  readonly spanSeconds: number;
  readonly theme: Theme;
  /** The index under the pointer, the same in all charts. */
  readonly hover: Store<number | undefined>;
}

/** A chart with its legend, which shows the values under the pointer, or the newest. */
export function Chart(props: ChartProps) {
  const { spec, history, hover } = props;
  const canvas = useUplot(props);
  const index = useStore(hover);
  const format = formatOf[spec.unit];
  const valueOf = ({ series }: Line) => {
    const column = history.column(series);
    return format((index === undefined ? column.at(-1) : column[index]) ?? null);
  };
  const summary = spec.lines.map((line) => `${line.label} ${valueOf(line)}`).join(", ");
  return (
    <figure class="chart">
      <figcaption>
        <span class="chart-title" title={spec.hint}>
          {spec.title}
        </span>
        <span class="legend">
          {spec.lines.map((line) => (
            <span key={line.label} class="legend-entry">
              <i style={`background: var(--ink-${line.ink})`} />
              {line.label} <b>{valueOf(line)}</b>
            </span>
          ))}
        </span>
      </figcaption>
      <div class="plot" ref={canvas} role="img" aria-label={`${spec.title}: ${summary}`} />
    </figure>
  );
}

/** Keeps a uPlot inside the element, as wide and high as it is. */
function useUplot({ spec, history, spanSeconds, theme, hover }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | undefined>(undefined);
  const span = useRef(spanSeconds);
  span.current = spanSeconds;
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const styles = getComputedStyle(document.documentElement);
    const sizeNow = () => ({ width: element.clientWidth, height: element.clientHeight });
    const options = chartOptions(
      {
        spec,
        history,
        spanSeconds: () => span.current,
        onHover: (index) => {
          if (index !== hover.get()) hover.set(index);
        },
        color: (name) => styles.getPropertyValue(name).trim(),
      },
      sizeNow(),
    );
    const made = new uPlot(options, dataOf(spec, history), element);
    chart.current = made;
    const observer = new ResizeObserver(() => made.setSize(sizeNow()));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      chart.current = undefined;
    };
  }, [spec, history, theme, hover]);
  // A chart is rendered with each message and with each move of the pointer; only the former brings data.
  const newest = history.newestMs;
  useEffect(() => {
    chart.current?.setData(dataOf(spec, history));
  }, [spec, history, newest, spanSeconds]);
  return place;
}

/** The columns themselves: uPlot reads them and keeps nothing else. */
function dataOf(spec: ChartSpec, history: History): uPlot.AlignedData {
  return [history.times.slice(), ...spec.lines.map(({ series }) => history.column(series).slice())];
}
