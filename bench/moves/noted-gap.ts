/** How long a room had not ticked when it did again. */
export interface NotedGap {
  readonly gapMs: number;
  /** It has come from another worker meanwhile. */
  readonly moved: boolean;
}

/** A tick counts as late this long after the one before. At 20 Hz they are 50 ms apart. */
export const lateMs = 100;
