import type { Clock } from "../../shared/clock.ts";
import type { Acknowledger } from "./ack-schedule.ts";
import type { Report } from "../containment.ts";
import type { InputLimits } from "./inputs.ts";

/** What sessions need of their client. */
export interface SessionHost {
  readonly clock: Clock;
  readonly report: Report;
  /** Tells who runs the client of something that is hardly meant. */
  warn(sessionId: string, text: string): void;
  limits(): InputLimits;
  /** The stream makes no sense: leave it, come back and resume. */
  broken(detail: string): void;
  /** The server sends what cannot be decoded: end the stream for good. */
  malformed(error: unknown): void;
  /** An event has been handled that this one may acknowledge. */
  handled(acknowledger: Acknowledger): void;
  /** Something of the session may have changed that is kept over a reload. */
  touched(sessionId: string): void;
  /** The session with this id is over. */
  ended(sessionId: string): void;
}
