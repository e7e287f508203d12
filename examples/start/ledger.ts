/** Counts what arrives, so that a demo can say "missed nothing" and mean it. */
export interface Ledger {
  /** The series' next number is here. Each series counts 1, 2, 3 ... at its sender; the first one seen sets the start. */
  note(series: string, number: number, replayed: boolean): void;
  /** What came since the last call. */
  take(): LedgerPage;
}

/** A stretch of a ledger. */
export interface LedgerPage {
  /** Arrived as a replay, after a connection was lost. */
  readonly replayed: number;
  /** Numbers that should have come and did not. */
  readonly missed: number;
  /** Numbers that came more than once. */
  readonly doubled: number;
}

export function createLedger(): Ledger {
  const newest = new Map<string, number>();
  let page = { replayed: 0, missed: 0, doubled: 0 };
  return {
    note(series, number, replayed) {
      const before = newest.get(series) ?? number - 1;
      if (replayed) page.replayed++;
      if (number <= before) page.doubled++;
      else page.missed += number - before - 1;
      newest.set(series, Math.max(before, number));
    },
    take() {
      const taken = page;
      page = { replayed: 0, missed: 0, doubled: 0 };
      return taken;
    },
  };
}
