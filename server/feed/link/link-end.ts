import type { Clock, Timer } from "../../../shared/clock.ts";
import { closeReasons, type CloseReason } from "../../../shared/close-reason.ts";
import type { NodeMessage } from "../../../shared/gen/roomline/node/v1/node_pb.ts";
import { NodeFrameWriter, readNodeFrame } from "./frame-codec.ts";
import type { NodeBody } from "./node-body.ts";
import type { Transport, TransportHandlers } from "../../../shared/transport/transport.ts";

/** One for all: frames are written whole, one after the other. */
const writer = new NodeFrameWriter();

export type { NodeBody };

/** Something that has things to say on a link, and says them when the link can take them. */
export interface LinkSource {
  /** Writes what there is to say, as far as `out` has room. Returns whether there is more. */
  pull(out: LinkWriter): boolean;
}

/** A frame in the making. */
export interface LinkWriter {
  /** Bytes that may still be added. */
  readonly room: number;
  /** `bytes`: about how large the body is. */
  add(body: NodeBody, bytes: number): void;
}

/** How a link behaves. */
export interface LinkConfig {
  /** A frame is closed at this size; one message larger than it travels alone. */
  readonly frameBytesMax: number;
  /** Least time from one frame to the next: what is said meanwhile goes together. Default 0: the end of a turn is enough. */
  readonly flushIntervalMs?: number;
  /** Silence before a beat. */
  readonly beatIntervalMs: number;
  /** Silence of the other end that means that it is gone. */
  readonly silenceMsMax: number;
}

/** Whose link it is. */
interface LinkUser {
  onMessage(body: NodeMessage["body"]): void;
  /** The link has ended: what was on its way is lost, and is not repaired. */
  onClosed(reason: CloseReason, detail: string): void;
}

/**
 * One end of a link between two nodes. Nothing is queued on it but a hello and a beat: all else is pulled when the transport
 * can take a frame, so a link that is slow for a moment carries less, and not later, and one that begins anew with ten
 * thousand seats carries them frame by frame.
 */
export class LinkEnd implements TransportHandlers {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #config: LinkConfig;
  readonly #user: LinkUser;
  readonly #control: NodeBody[] = [];
  readonly #dirty = new Set<LinkSource>();
  #status: "open" | "closed" = "open";
  #isBusy = false;
  #isAsked = false;
  #heardMs: number;
  #saidMs: number;
  #timer: Timer | undefined;
  #later: Timer | undefined;

  constructor(
    transport: Transport,
    parts: { readonly clock: Clock; readonly config: LinkConfig; readonly user: LinkUser },
  ) {
    this.#transport = transport;
    this.#clock = parts.clock;
    this.#config = parts.config;
    this.#user = parts.user;
    this.#heardMs = this.#saidMs = parts.clock.now();
  }

  /** Begins to read. */
  open(): void {
    this.#transport.open(this);
    this.#look();
  }

  /** Says who is here, or that somebody is, before what sources have to say. */
  send(body: NodeBody & { readonly case: "hello" | "beat" }): void {
    if (this.#status === "closed") return;
    this.#control.push(body);
    this.#ask();
  }

  /** A source has something to say. */
  mark(source: LinkSource): void {
    if (this.#status === "closed") return;
    this.#dirty.add(source);
    this.#ask();
  }

  /** What a source has to say is not for this link any more. */
  forget(source: LinkSource): void {
    this.#dirty.delete(source);
  }

  /** Ends the link. */
  close(reason: CloseReason, detail: string): void {
    if (this.#status === "closed") return;
    this.#stop();
    this.#transport.destroy();
    this.#user.onClosed(reason, detail);
  }

  onFrame(frame: Uint8Array): void {
    if (this.#status === "closed") return;
    this.#heardMs = this.#clock.now();
    try {
      for (const body of readNodeFrame(frame)) {
        this.#user.onMessage(body);
        if (this.#isClosed()) return;
      }
    } catch (thrown) {
      const detail = thrown instanceof Error ? thrown.message : "";
      this.close(closeReasons.protocolError, detail);
    }
  }

  onDrain(): void {
    this.#isBusy = false;
    this.#ask();
  }

  onClose(reason: CloseReason, detail: string): void {
    if (this.#status === "closed") return;
    this.#stop();
    this.#user.onClosed(reason, detail);
  }

  #stop(): void {
    this.#status = "closed";
    this.#timer?.cancel();
    this.#later?.cancel();
    this.#control.length = 0;
    this.#dirty.clear();
  }

  /** Writes at the end of this turn, or when enough time has passed since the last frame. */
  #ask(): void {
    if (this.#isAsked || this.#isBusy) return;
    this.#isAsked = true;
    const { flushIntervalMs = 0 } = this.#config;
    const waitMs = flushIntervalMs > 0 ? this.#saidMs + flushIntervalMs - this.#clock.now() : 0;
    if (waitMs > 0) this.#later = this.#clock.setTimer(this.#writeNow, waitMs);
    else this.#clock.defer(this.#writeNow);
  }

  readonly #writeNow = (): void => {
    this.#isAsked = false;
    this.#flush();
  };

  #flush(): void {
    while (this.#status === "open" && !this.#isBusy) {
      const frame = this.#takeFrame();
      if (frame === undefined) return;
      this.#saidMs = this.#clock.now();
      if (!this.#transport.send(frame)) this.#isBusy = true;
    }
  }

  #takeFrame(): Uint8Array | undefined {
    const messages: NodeBody[] = this.#control.splice(0);
    const out = new FrameRoom(this.#config.frameBytesMax, (body) => messages.push(body));
    for (const source of [...this.#dirty]) {
      if (out.room <= 0) break;
      // Whoever has more has its next turn after the others.
      if (!this.#dirty.delete(source)) continue;
      if (source.pull(out)) this.#dirty.add(source);
    }
    if (messages.length === 0) return undefined;
    return writer.write(messages, this.#transport.headroomBytes);
  }

  /** Is the other end still there, and does it hear that this one is? */
  #look(): void {
    const { beatIntervalMs, silenceMsMax } = this.#config;
    const nowMs = this.#clock.now();
    if (nowMs - this.#heardMs >= silenceMsMax) {
      this.close(closeReasons.livenessTimeout, "The other end of the link was silent.");
      return;
    }
    if (nowMs - this.#saidMs >= beatIntervalMs && !this.#isBusy) {
      this.send({ case: "beat", value: {} });
    }
    this.#timer = this.#clock.setTimer(() => this.#look(), beatIntervalMs / 2);
  }

  /** It may be by now, which the compiler does not see. */
  #isClosed(): boolean {
    return this.#status === "closed";
  }
}

class FrameRoom implements LinkWriter {
  room: number;
  readonly #add: (body: NodeBody) => void;

  constructor(room: number, add: (body: NodeBody) => void) {
    this.room = room;
    this.#add = add;
  }

  add(body: NodeBody, bytes: number): void {
    this.#add(body);
    this.room -= bytes;
  }
}
