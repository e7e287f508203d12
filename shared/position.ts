/** How far somebody has read a room. In another epoch than the room's it means nothing. */
export interface Position {
  /** The life of the room log this belongs to. */
  readonly epoch: string;
  /** Cursor of the last event handled; 0 for none. */
  readonly cursor: number;
  /** Tick of the last state applied; 0 for none. */
  readonly stateTick: number;
}

export const startPosition: Position = { epoch: "", cursor: 0, stateTick: 0 };
