import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { Hello } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { Limits } from "../../shared/limits.ts";
import type { PeerInfo } from "../../shared/transport/transport.ts";
import type { Log } from "../observe/log.ts";
import type { Authenticate, Credentials, Identity } from "./authenticate.ts";
import { beginHandshake, checkIdentity } from "./handshake.ts";

/** Frames a client may send on top of its Hello before it is answered; together they may be as large as one. */
const earlyFramesMax = 16;

/** What a handshaker is made of. */
export interface HandshakerParts {
  readonly peer: PeerInfo;
  readonly limits: Limits;
  readonly log: Log;
  /** The id of the connection, for the log. */
  readonly connection: string;
  /** Undefined: dev mode, clients name themselves. */
  readonly authenticate: Authenticate | undefined;
  /** The client is who it is. `early`: frames that came on top of its Hello. */
  readonly onIdentity: (hello: Hello, identity: Identity, early: readonly Uint8Array[]) => void;
  readonly close: (reason: CloseReason, detail: string) => void;
  /** Something was thrown on the way that is not the identity's fault. */
  readonly broken: (thrown: unknown) => void;
}

/** Takes a connection from its first frame to an identity (rules HS-1 to HS-3). */
export class Handshaker {
  readonly #parts: HandshakerParts;
  #early: Uint8Array[] | undefined;
  #earlyBytes = 0;
  #over = false;

  constructor(parts: HandshakerParts) {
    this.#parts = parts;
  }

  /** A frame of a connection that is not live yet. Throws on malformed bytes. */
  frame(frame: Uint8Array): void {
    if (this.#over) return;
    if (this.#early === undefined) {
      this.#begin(frame);
      return;
    }
    this.#earlyBytes += frame.length;
    const { inboundFrameBytesMax } = this.#parts.limits;
    if (this.#early.push(frame) > earlyFramesMax || this.#earlyBytes > inboundFrameBytesMax) {
      this.#fail(closeReasons.protocolError, "Too much was sent before Welcome.");
    }
  }

  /** The connection has ended: an answer of `authenticate` that is still to come does not count. */
  stop(): void {
    this.#over = true;
  }

  #begin(frame: Uint8Array): void {
    const begun = beginHandshake(frame, this.#parts.peer);
    if (begun.kind === "closed") {
      this.#fail(begun.reason, begun.detail);
      return;
    }
    const { hello, credentials, rest } = begun;
    this.#early = rest.length > 0 ? [rest] : [];
    try {
      const identity = this.#identify(credentials);
      if (!(identity instanceof Promise)) {
        this.#known(hello, identity);
        return;
      }
      identity.then(
        (known) => this.#known(hello, known),
        (thrown: unknown) => this.#turnAway(thrown),
      );
    } catch (thrown) {
      this.#turnAway(thrown);
    }
  }

  #identify(credentials: Credentials): Identity | Promise<Identity> {
    const { authenticate } = this.#parts;
    return authenticate === undefined
      ? { clientId: credentials.clientId }
      : authenticate(credentials);
  }

  #known(hello: Hello, identity: Identity): void {
    if (this.#over) return;
    try {
      const wrong = checkIdentity(identity, hello, this.#parts.limits);
      if (wrong !== undefined) {
        this.#fail(wrong.reason, wrong.detail);
        return;
      }
      this.#over = true;
      this.#parts.onIdentity(hello, identity, this.#early ?? []);
    } catch (thrown) {
      this.#parts.broken(thrown);
    }
  }

  #turnAway(thrown: unknown): void {
    if (this.#over) return;
    const { message } = RoomlineError.from(thrown);
    const { log, connection, peer } = this.#parts;
    log.info({ connection, reason: message, address: peer.address }, "authentication failed");
    this.#fail(closeReasons.unauthenticated, message);
  }

  #fail(reason: CloseReason, detail: string): void {
    this.#over = true;
    this.#parts.close(reason, detail);
  }
}
