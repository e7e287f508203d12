import { fromBinary } from "@bufbuild/protobuf";
import type { Clock, Timer } from "../../shared/clock.ts";
import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { ClientMessageSchema, type Hello } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { isName, type IdSource } from "../../shared/ids.ts";
import { protocolVersion, type Limits } from "../../shared/limits.ts";
import { startPosition } from "../../shared/position.ts";
import type { PeerInfo } from "../../shared/transport/transport.ts";
import { WireReader } from "../../shared/wire/wire-reader.ts";
import type { Counters } from "../observe/counters.ts";
import type { Log } from "../observe/log.ts";
import type { OnRefused } from "../observe/refusals.ts";
import type { Timers } from "../schedule/timer-wheel.ts";
import type { AttachRequest } from "../session/session-manager.ts";
import { positionOf } from "../session/verdict.ts";
import {
  askWho,
  credentialsOf,
  invalidClientId,
  notFoundOut,
  reasonOfRefusal,
  refusedFor,
  reportAuthFailure,
  reportRefused,
  type Authenticate,
  type AuthOutcome,
  type Credentials,
} from "./authenticate.ts";

/** Frames a client may send on top of its Hello before it is answered; together they may be as large as one. */
const earlyFramesMax = 16;

/** What all handshakes of a server share. */
interface HandshakeWorld {
  readonly limits: Limits;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly ids: IdSource;
  readonly log: Log;
  readonly counters: Counters;
  readonly onRefused: OnRefused;
  /** Undefined: dev mode, clients name themselves. */
  readonly authenticate: Authenticate | undefined;
}

/** The connection a handshake is of. */
interface HandshakeOwner {
  /** Its id, for the log. */
  readonly id: string;
  readonly peer: PeerInfo;
  /** The client is known: the handshake is over. */
  readonly onArrival: (arrival: Arrival) => void;
  readonly close: (reason: CloseReason, detail: string) => void;
  /** Something was thrown on the way to `onArrival`, or in it. */
  readonly onBroken: (thrown: unknown) => void;
}

/** A client that has said Hello and is known. */
export interface Arrival {
  readonly hello: Hello;
  readonly clientId: string;
  readonly claims: unknown;
  readonly peer: PeerInfo;
  /** Until when its token is good, in milliseconds since the Unix epoch; Infinity for no end. */
  readonly expiresAtMs: number;
  /** Where it comes from (rule HS-4). */
  readonly machine: string;
  /** Frames that came on top of its Hello. */
  readonly early: readonly Uint8Array[];
}

/** The first phase of a connection: from its first frame to who the client is, within the hello timeout (rules HS-1 to HS-3). */
export class Handshake {
  readonly #world: HandshakeWorld;
  readonly #owner: HandshakeOwner;
  readonly #timeout: Timer;
  /** Undefined before Hello. */
  #early: Uint8Array[] | undefined;
  #earlyBytes = 0;
  #over = false;
  /** Who the client is has been found out: what it has is being brought here. */
  #isKnown = false;

  constructor(world: HandshakeWorld, owner: HandshakeOwner) {
    this.#world = world;
    this.#owner = owner;
    this.#timeout = world.timers.set(() => this.#onTimeout(), world.limits.helloTimeoutMs);
  }

  /** A frame of a connection that is not live yet. Throws on malformed bytes. */
  frame(frame: Uint8Array): void {
    if (this.#over) return;
    if (this.#early === undefined) {
      this.#begin(frame);
      return;
    }
    this.#earlyBytes += frame.length;
    const { inboundFrameBytesMax } = this.#world.limits;
    if (this.#early.push(frame) > earlyFramesMax || this.#earlyBytes > inboundFrameBytesMax) {
      this.#owner.close(closeReasons.protocolError, "Too much was sent before Welcome.");
    }
  }

  /** It is over: an answer of `authenticate` that is still to come does nothing. */
  stop(): void {
    this.#over = true;
    this.#timeout.cancel();
  }

  #begin(frame: Uint8Array): void {
    const { authenticate } = this.#world;
    const { peer, close } = this.#owner;
    const first = readFirst(frame, peer);
    if (first.kind === "wrong") {
      close(first.reason, first.detail);
      return;
    }
    const { hello, credentials, rest } = first;
    this.#early = rest.length > 0 ? [rest] : [];
    const outcome =
      authenticate === undefined ? this.#named(credentials) : askWho(authenticate, credentials);
    const decide = (outcome: AuthOutcome): void => {
      if (this.#over) return;
      try {
        this.#decide(hello, outcome);
      } catch (thrown) {
        this.#owner.onBroken(thrown);
      }
    };
    if (outcome instanceof Promise) void outcome.then(decide);
    else decide(outcome);
  }

  /** Without `authenticate`, clients are who they say they are, and guests get a name (rules HS-4, HS-6). */
  #named({ clientId: given }: Credentials): AuthOutcome {
    const clientId = given === "" ? `guest-${this.#world.ids.id()}` : given;
    if (!isName(clientId)) return refusedFor("invalid-argument", invalidClientId);
    return { kind: "known", clientId, claims: undefined, expiresAtMs: Infinity };
  }

  #decide(hello: Hello, outcome: AuthOutcome): void {
    const { limits, clock } = this.#world;
    const { id: connection, peer, close, onArrival } = this.#owner;
    const { address } = peer;
    switch (outcome.kind) {
      case "known": {
        const { clientId, claims, expiresAtMs } = outcome;
        if (expiresAtMs <= clock.wallNow()) {
          close(closeReasons.tokenExpired, "");
        } else if (hello.sessions.length > limits.sessionsPerConnectionMax) {
          close(closeReasons.protocolError, "Hello names more sessions than a client may have.");
        } else {
          const early = this.#early ?? [];
          this.#isKnown = true;
          const machine = machineOf(peer);
          onArrival({ hello, clientId, claims, peer, machine, expiresAtMs, early });
        }
        return;
      }
      case "refused":
        reportRefused(this.#world, outcome.message, { connection, address });
        close(reasonOfRefusal(outcome), outcome.message);
        return;
      case "failed":
        reportAuthFailure(this.#world, outcome.thrown, { connection, address });
        close(closeReasons.authUnavailable, notFoundOut);
        return;
      case "unusable":
        reportAuthFailure(this.#world, outcome.error, { connection, address });
        close(closeReasons.internalError, "");
        return;
    }
  }

  #onTimeout(): void {
    const { id: connection, peer, close } = this.#owner;
    if (this.#early === undefined) {
      close(closeReasons.helloTimeout, "");
      return;
    }
    if (this.#isKnown) {
      close(closeReasons.helloTimeout, "What you have is at a node that does not answer now.");
      return;
    }
    const message = `authenticate did not answer within ${this.#world.limits.helloTimeoutMs} ms (limits.helloTimeoutMs).`;
    reportAuthFailure(this.#world, new Error(message), { connection, address: peer.address });
    close(closeReasons.helloTimeout, notFoundOut);
  }
}

/** What the first frame of a connection came to. */
type First =
  | { readonly kind: "wrong"; readonly reason: CloseReason; readonly detail: string }
  | {
      readonly kind: "hello";
      readonly hello: Hello;
      readonly credentials: Credentials;
      /** What the frame holds after Hello: a frame of its own (rule FR-1). */
      readonly rest: Uint8Array;
    };

const frameTag = 0x0a;

/** Reads the first frame: Hello of a version we speak, then perhaps more (rules HS-1, HS-2). Throws on malformed bytes. */
function readFirst(frame: Uint8Array, peer: PeerInfo): First {
  const reader = new WireReader(frame);
  if (frame.length === 0 || reader.varint() !== frameTag) return notHello;
  const bytes = reader.delimited();
  let message;
  try {
    message = fromBinary(ClientMessageSchema, bytes);
  } catch (cause) {
    throw RoomlineError.from(cause, "malformed-frame");
  }
  if (message.body.case !== "hello") return notHello;
  const hello = message.body.value;
  if (hello.protocolVersion !== protocolVersion) {
    return {
      kind: "wrong",
      reason: closeReasons.unsupportedVersion,
      detail: `This server speaks version ${protocolVersion}, the client version ${hello.protocolVersion}.`,
    };
  }
  const rest = reader.view(reader.pos, frame.length);
  return { kind: "hello", hello, credentials: credentialsOf(hello, peer), rest };
}

const notHello: First = {
  kind: "wrong",
  reason: closeReasons.protocolError,
  detail: "The first message has to be Hello.",
};

/** Who a proxy says it speaks for, and the address without the port. */
function machineOf({ address, metadata }: PeerInfo): string {
  return `${metadata.get("x-forwarded-for") ?? ""} ${address.replace(/:\d+$/, "")}`;
}

/** Where the client stands in the sessions it resumes. */
export function positionsOf(hello: Hello): AttachRequest["positions"] {
  return hello.sessions.map(({ sessionId, position }) => ({
    sessionId,
    position: position === undefined ? startPosition : positionOf(position),
  }));
}
