import type { Timer } from "../../shared/clock.ts";
import type { Attachment } from "./attachment.ts";
import type { Session } from "./session.ts";

/** A client the server knows: connected, or within the resume window. */
export class ClientRecord {
  readonly clientId: string;
  readonly sessions = new Map<string, Session>();
  /** Joins that wait for `authorize`, by session id. */
  readonly joining = new Map<string, object>();
  /** What authentication said of the client at its last attach. */
  claims: unknown;
  /** The connection the client is on now. */
  attachment: Attachment | undefined;
  /** Ends the sessions when the resume window is over. */
  expiry: Timer | undefined;
  #token = "";
  #tokenBefore = "";

  constructor(clientId: string) {
    this.clientId = clientId;
  }

  get resumeToken(): string {
    return this.#token;
  }

  /** Whether this is the newest resume token, or the one before it, in case the newest was lost on its way (rule RS-5). */
  accepts(token: string): boolean {
    return token !== "" && (token === this.#token || token === this.#tokenBefore);
  }

  /** The client came with `used` and gets `fresh`. */
  rotateToken(used: string, fresh: string): void {
    this.#tokenBefore = used;
    this.#token = fresh;
  }
}
