/** A seat held for somebody who is about to join (rule LB-4). */
export interface Reservation {
  readonly secret: string;
  /** Empty: whoever has the secret. */
  readonly playerId: string;
  /** As whom its holder counts; undefined: nobody. */
  readonly holder: string | undefined;
  /** When it expires, on the monotonic clock. */
  readonly dueMs: number;
  /** It is used, has expired, or its room is closed. */
  onOver(): void;
}
