/** A seat held for somebody who is about to join (rule LB-4). */
export interface Reservation {
  readonly secret: string;
  /** Empty: whoever has the secret. */
  readonly playerId: string;
  /** It is used, has expired, or its room is closed. */
  onOver(): void;
}
