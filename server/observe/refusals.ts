import type { Clock } from "../../shared/clock.ts";
import type { Log } from "./log.ts";
import type { RefusedAct, Tally } from "./tally.ts";

/** Why somebody was turned away at the door: the label `reason` of `roomline_refusals_total`. */
export type EntryReason =
  /** A page of an origin that `allowedOrigins` does not name asked for a WebSocket (rule WS-2). */
  | "origin"
  /** The same of a page that calls services or reads files. */
  | "cors"
  /** An upgrade that is no WebSocket of ours (rules WS-1, WS-3). */
  | "upgrade"
  /** A request for the realtime stream that is not gRPC, or HTTP that cannot be read. */
  | "request"
  /** Headers over `limits.metadataBytesMax`. */
  | "headers"
  /** TLS spoken to a cleartext port, the other way round, or a handshake that failed. */
  | "tls"
  /** `authenticate` said no, or the client gave no name. */
  | "token"
  | "admin-token"
  /** AdminService is off. */
  | "admin-off"
  /** More connections than `limits.connectionsMax`, or sockets. */
  | "capacity"
  /** More sockets or connections of one address than it may have, or faster than it may. */
  | "address-capacity"
  /** More requests of one address, or calls of one client, than it may send. */
  | "request-rate"
  /** A connection that was ended for what it sent, or did not send: docs/limits.md, "Misuse of HTTP". */
  | "frame-flood"
  | "ping-flood"
  | "settings-flood"
  | "rapid-reset"
  | "stream-flood"
  | "http2-fault"
  | "silent"
  /** Read later, because it sends too much (rule FL-1). */
  | "rate";

/** Somebody was turned away. */
export type Refusal = {
  /** What was refused, and what to set or do about it. One line, without secrets: it is the cause in the log. */
  readonly message: string;
  /** Who it was. */
  readonly fields?: object;
} & (
  | { readonly act: "entry"; readonly reason: EntryReason }
  /** By the code of the error. */
  | { readonly act: Exclude<RefusedAct, "entry">; readonly reason: string }
);

/** Hears of refusals. */
export type OnRefused = (refusal: Refusal) => void;

/** A cause is written to the log once in so long. */
export const refusalLogIntervalMs = 60_000;

/** Causes of one reason that are written in an interval: pages of many origins, or guesses, fill no log. */
export const refusalCausesMax = 8;

/** More of a message is not kept and not written. */
const messageLengthMax = 400;

/** What was written of one reason since an interval began. */
interface Told {
  readonly sinceMs: number;
  readonly causes: Set<string>;
  /** Refusals that were counted and not written. */
  untold: number;
}

/** Counts every refusal, and writes each cause once in an interval: those at the door as warnings, the others as information. */
export class Refusals {
  readonly #parts: { readonly tally: Tally; readonly log: Log; readonly clock: Clock };
  /** By act and reason, of which there are few. */
  readonly #told = new Map<string, Told>();

  constructor(parts: { readonly tally: Tally; readonly log: Log; readonly clock: Clock }) {
    this.#parts = parts;
  }

  readonly refused: OnRefused = ({ act, reason, message, fields }) => {
    const { tally, log } = this.#parts;
    tally.refuse(act, reason);
    const cause = message.slice(0, messageLengthMax);
    const { told, untold } = this.#toldOf(`${act} ${reason}`);
    if (told.causes.has(cause) || told.causes.size >= refusalCausesMax) {
      told.untold++;
      return;
    }
    told.causes.add(cause);
    const line = { refused: act, reason, ...fields, ...(untold > 0 && { untold }) };
    if (act === "entry") log.warn(line, cause);
    else log.info(line, cause);
  };

  /** What was told of a reason in this interval, and, when one has just begun, how many were not in the last. */
  #toldOf(name: string): { readonly told: Told; readonly untold: number } {
    const nowMs = this.#parts.clock.now();
    const last = this.#told.get(name);
    if (last !== undefined && nowMs - last.sinceMs < refusalLogIntervalMs)
      return { told: last, untold: 0 };
    const told = { sinceMs: nowMs, causes: new Set<string>(), untold: 0 };
    this.#told.set(name, told);
    return { told, untold: last?.untold ?? 0 };
  }
}
