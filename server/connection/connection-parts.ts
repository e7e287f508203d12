import type { PeerInfo, Transport } from "../../shared/transport/transport.ts";
import type { CloseReason } from "../../shared/close-reason.ts";
import type { Clock } from "../../shared/clock.ts";
import type { Limits } from "../../shared/limits.ts";
import type { RandomSource } from "../../shared/random.ts";
import type { Counters } from "../observe/counters.ts";
import type { Log } from "../observe/log.ts";
import type { FrameWriter } from "../session/frame-writer.ts";
import type { SessionManager } from "../session/session-manager.ts";
import type { Timers } from "../schedule/timer-wheel.ts";
import type { TokenBucketConfig } from "../schedule/token-bucket.ts";
import type { Authenticate } from "./authenticate.ts";
import type { FloodGateParts } from "./flood-gate.ts";
import type { Inbound } from "./inbound.ts";
import type { LivenessConfig } from "./liveness.ts";
import type { OutboxConfig } from "./outbox.ts";

/** The stream a connection is made of. */
export interface PeerStream {
  readonly transport: Transport;
  readonly peer: PeerInfo;
}

/** Told what happens to connections; all of it is rare. */
export interface ConnectionObserver<C> {
  /** Its client has said who it is. */
  onConnected(connection: C): void;
  /** It gets less, or is read later. `detail`: a sentence. */
  onThrottled(connection: C, detail: string): void;
}

/** What all connections of a server share. */
export interface ConnectionParts<C> {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Coarser ones, for looking after connections. */
  readonly livenessTimers: Timers;
  readonly random: RandomSource;
  readonly log: Log;
  readonly counters: Counters;
  readonly limits: Limits;
  readonly inbound: Inbound;
  readonly outbox: OutboxConfig;
  /** How many messages a connection may send. */
  readonly messages: TokenBucketConfig;
  readonly flood: FloodGateParts;
  readonly liveness: LivenessConfig;
  readonly frame: FrameWriter;
  readonly sessions: SessionManager;
  /** Undefined: dev mode, clients name themselves. */
  readonly authenticate: Authenticate | undefined;
  readonly node: string;
  readonly resumeAddress: string;
  readonly observer: ConnectionObserver<C>;
  /** Asks for `flush` at the end of this turn. */
  readonly requestFlush: (connection: C) => void;
  /** The stream has ended. */
  readonly onClosed: (connection: C, reason: CloseReason, detail: string) => void;
}
