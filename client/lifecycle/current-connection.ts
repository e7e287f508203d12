import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import type { Position } from "../../shared/position.ts";
import { messageOf } from "../../shared/errors.ts";
import { tokenFault } from "../../shared/token.ts";
import type { ClockSync } from "../connection/clock-sync.ts";
import { Connection, type ConnectionUser } from "../connection/connection.ts";
import { encodeAuthenticate, encodeHello, helloMetadata } from "../connection/hello.ts";
import { contain, containPromise } from "../containment.ts";
import type { ClientConfig } from "./config.ts";

interface CurrentConnectionParts {
  readonly config: ClientConfig;
  readonly sync: ClockSync;
  readonly user: ConnectionUser;
  /** What Hello says beside who the client is: asked for when there is a stream to say it on. */
  readonly standing: () => {
    /** The name it gives itself, or was given. */
    readonly clientId: string;
    readonly resumeToken: string;
    readonly sessions: readonly (readonly [sessionId: string, position: Position])[];
  };
  /** No stream could be had. */
  readonly onFailed: (reason: CloseReason, detail: string) => void;
}

/** The one connection that a client has, or is getting: a token, then a stream from the dialer, then Hello. */
export class CurrentConnection {
  readonly #parts: CurrentConnectionParts;
  #connection: Connection | undefined;
  #target = "";
  /** What the last Hello showed. */
  #token = "";
  /** The token that the server has said is over; undefined when it has not. */
  #spent: string | undefined;
  /** Counts dials and ends: a token that arrives for an earlier one is of no use. */
  #generation = 0;

  constructor(parts: CurrentConnectionParts) {
    this.#parts = parts;
  }

  /** Where the last dial went. */
  get target(): string {
    return this.#target;
  }

  /** The server has said that the token is over (rule HS-9): the next one has to be another. */
  spend(): void {
    this.#spent = this.#token;
  }

  /** Undefined while there is none. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** Gets a connection to this address; undefined for the one the client was made for. */
  dial(address: string | undefined): void {
    const { config, onFailed } = this.#parts;
    const generation = ++this.#generation;
    const isCurrent = (): boolean => generation === this.#generation;
    const fail = (error: unknown, where: string): void => {
      if (!isCurrent()) return;
      this.drop();
      config.report(error, where);
      onFailed(closeReasons.connectionLost, messageOf(error));
    };
    const open = (token: string): void => {
      if (!isCurrent()) return;
      const fault = tokenFault(token);
      if (token === this.#spent) onFailed(closeReasons.unauthenticated, sameToken);
      // What the server would say, if it got to read it.
      else if (fault !== undefined) onFailed(closeReasons.unauthenticated, fault);
      else void contain(() => this.#open(token, address), fail, "dialer");
    };
    void contain(
      () => {
        const token = config.token({ fresh: this.#spent !== undefined });
        if (typeof token !== "string") return Promise.resolve(token).then(open);
        open(token);
        return undefined;
      },
      fail,
      "token",
    );
  }

  /** Gives the live connection a new token (rule HS-8). */
  authenticate(token: string): void {
    this.#token = token;
    this.#connection?.outbox.push(encodeAuthenticate(token));
  }

  /** Tears it down, or stops getting it; nothing more is told. */
  drop(): void {
    this.#connection?.drop();
    this.forget();
  }

  /** It has ended by itself. */
  forget(): void {
    this.#generation++;
    this.#connection = undefined;
  }

  #open(token: string, address: string | undefined): void {
    const { config, sync, user, standing } = this.#parts;
    const { clientId, clock, pingIntervalMs, report } = config;
    this.#token = token;
    this.#spent = undefined;
    const dialer = config.dialerFor(address);
    this.#target = dialer.target;
    const transport = dialer.dial(helloMetadata(token, clientId));
    // One of the user's may be an async function, against its type: then this is no transport, but it may still reject.
    void containPromise(transport, report, "dialer");
    this.#connection = new Connection({ transport, clock, sync, pingIntervalMs, report, user });
    this.#connection.open(encodeHello({ token, ...standing() }));
  }
}

const sameToken = "token-expired: the token is over, and the new one is the same.";
