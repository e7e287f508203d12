import type { VNode } from "preact";
import { useCallback, useState } from "preact/hooks";
import type { Clock } from "../shared/clock.ts";

interface Report {
  readonly number: number;
  readonly text: string;
}

const shownMs = 7_000;
const reportsMax = 4;

/** Outcomes, told in a corner for a few seconds and to screen readers. */
export function useReports(clock: Clock): { reports: VNode; report: (text: string) => void } {
  const [list, setList] = useState<readonly Report[]>([]);
  const report = useCallback(
    (text: string) => {
      const number = clock.now();
      setList((before) => [...before, { number, text }].slice(-reportsMax));
      clock.setTimer(
        () => setList((before) => before.filter((other) => other.number !== number)),
        shownMs,
      );
    },
    [clock],
  );
  const reports = (
    <div class="reports" role="status" aria-live="polite">
      {list.map(({ number, text }) => (
        <div key={number} class="report">
          {text}
        </div>
      ))}
    </div>
  );
  return { reports, report };
}
