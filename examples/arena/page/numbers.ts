/** What the overlay shows. */
export interface Numbers {
  readonly rtt: number | undefined;
  readonly updates: number;
  readonly behind: number;
  readonly tick: number;
  /** Kilobytes per second. */
  readonly in: number;
  readonly out: number;
  readonly cursor: number;
  readonly waiting: number;
  readonly frames: number;
}

const digits: Partial<Record<keyof Numbers, number>> = { in: 1, out: 1 };

/** Writes numbers into the elements that are marked `data-number`. */
export function showNumbers(root: ParentNode, numbers: Numbers): void {
  for (const element of root.querySelectorAll<HTMLElement>("[data-number]")) {
    const name = element.dataset["number"];
    if (name === undefined || !(name in numbers)) continue;
    const number = numbers[name as keyof Numbers];
    element.textContent =
      number === undefined ? "–" : number.toFixed(digits[name as keyof Numbers] ?? 0);
  }
}
