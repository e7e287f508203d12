import type { Clock, Timer } from "../../shared/clock.ts";
import type { ContractTable, Kind } from "../../shared/contract/contract-table.ts";
import type { PayloadCodec } from "../../shared/contract/payload-codec.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { suggestion } from "../../shared/known-names.ts";
import { createDeferred, rejected } from "../deferred.ts";
import { InputLog, type InputBounds, type InputEntry, type InputWaiter } from "./input-log.ts";
import { clientLimits } from "../limits.ts";
import type { KeptInput } from "../persist/kept-client.ts";
import type { RequestOptions, SendOptions } from "./session-api.ts";
import type { SessionOutbox } from "./session-outbox.ts";

/** What Welcome says about inputs. */
export interface InputLimits extends InputBounds {
  readonly frameBytesMax: number;
}

interface SessionInputsParts {
  readonly sessionId: string;
  readonly clock: Clock;
  readonly outbox: SessionOutbox;
  readonly limits: () => InputLimits;
  /** The contract as the room joined numbers it. */
  readonly table: () => ContractTable;
  /** Why nothing can be sent any more; undefined while something can. */
  readonly ended: () => RoomlineError | undefined;
  /** There is an input more that is not acknowledged, or one less. */
  readonly onChanged: () => void;
}

/** The inputs of one session: encodes, numbers, keeps and sends them (rules IN). */
export class SessionInputs {
  readonly #parts: SessionInputsParts;
  readonly #log = new InputLog();
  /** The session is on a stream and has its seat: inputs go out. Otherwise they wait in the log. */
  #flowing = false;

  constructor(parts: SessionInputsParts) {
    this.#parts = parts;
  }

  get pending(): number {
    return this.#log.size;
  }

  send(name: string, payload: unknown, options: SendOptions = {}): Promise<void> {
    try {
      const input = { kind: name, payload: this.#encode(name, payload), wantsReply: false };
      if (options.ephemeral === true) {
        if (this.#flowing) this.#parts.outbox.ephemeral(input);
        return Promise.resolve();
      }
      const done = createDeferred<undefined>();
      const waiter: InputWaiter = {
        resolve: () => done.resolve(undefined),
        reject: (error) => done.reject(error),
      };
      this.#accept(this.#log.add({ ...input, waiter }, this.#parts.limits()));
      return done.promise;
    } catch (error) {
      return rejected(RoomlineError.from(error));
    }
  }

  request(name: string, payload: unknown, { timeoutMs }: RequestOptions = {}): Promise<unknown> {
    try {
      const { reply } = this.#kind(name);
      if (reply === undefined)
        throw new RoomlineError("invalid-argument", `Input "${name}" has no reply: use send().`);
      const input = { kind: name, payload: this.#encode(name, payload), wantsReply: true };
      const awaited = this.#awaitReply(reply);
      this.#accept(this.#log.add({ ...input, waiter: awaited.waiter }, this.#parts.limits()));
      if (timeoutMs !== undefined) awaited.limit(name, timeoutMs);
      return awaited.promise;
    } catch (error) {
      return rejected(RoomlineError.from(error));
    }
  }

  /** Those that the server may not have. */
  kept(): readonly KeptInput[] {
    return this.#log.all();
  }

  /** Goes on with inputs from before a reload. Who has sent them is gone: what becomes of them is told to `onLost` alone. */
  restore(inputs: readonly KeptInput[], onLost: (error: RoomlineError) => void): void {
    const waiter: InputWaiter = { resolve: () => undefined, reject: onLost };
    this.#log.restore(inputs.map((input) => ({ ...input, waiter })));
  }

  ack(seq: number): void {
    const { size } = this.#log;
    if (seq > 0) this.#log.ack(seq);
    if (this.#log.size < size) this.#parts.onChanged();
  }

  reply(seq: number, result: Uint8Array | RoomlineError): void {
    this.#log.reply(seq, result);
  }

  /** The room refused an input: its promise is rejected. Returns whether that is news; 0, for none with a number, always is. */
  refuse(seq: number, error: RoomlineError): boolean {
    return seq === 0 || this.#log.refuse(seq, error);
  }

  /** The server has the inputs up to `lastSeq`: sends the others, and new ones from now on (rule RS-8). */
  flow(lastSeq: number): void {
    this.#flowing = true;
    this.#log.goOnAfter(lastSeq);
    for (const entry of this.#log.unsent(lastSeq)) this.#parts.outbox.input(entry);
  }

  /** Inputs wait. */
  stop(): void {
    this.#flowing = false;
  }

  /** All that wait are lost; the next is number 1. */
  fail(error: RoomlineError): void {
    this.#log.fail(error);
  }

  #accept(entry: InputEntry): void {
    if (this.#flowing) this.#parts.outbox.input(entry);
    this.#parts.onChanged();
  }

  #kind(name: string): Kind {
    const inputs = this.#parts.table().inputs.byName;
    const kind = inputs.get(name);
    if (kind === undefined)
      throw new RoomlineError(
        "unknown-kind",
        `The room has no input "${name}". ${suggestion(name, [...inputs.keys()])}`,
      );
    return kind;
  }

  #encode(name: string, payload: unknown): Uint8Array {
    const ended = this.#parts.ended();
    if (ended !== undefined) throw ended;
    const bytes = this.#kind(name).encode(payload);
    const { frameBytesMax } = this.#parts.limits();
    const roomFor = frameBytesMax - this.#parts.sessionId.length - clientLimits.inputOverheadBytes;
    if (bytes.length <= roomFor) return bytes;
    throw new RoomlineError(
      "frame-too-large",
      `The payload of "${name}" has ${bytes.length} bytes; the server takes ${roomFor}.`,
    );
  }

  #awaitReply(codec: PayloadCodec) {
    const done = createDeferred<unknown>();
    let timer: Timer | undefined;
    const waiter: InputWaiter = {
      resolve(reply) {
        timer?.cancel();
        try {
          done.resolve(codec.decode(reply ?? new Uint8Array(0)));
        } catch (error) {
          done.reject(RoomlineError.from(error, "invalid-payload"));
        }
      },
      reject(error) {
        timer?.cancel();
        done.reject(error);
      },
    };
    const limit = (name: string, timeoutMs: number): void => {
      timer = this.#parts.clock.setTimer(() => {
        const text = `No reply to "${name}" within ${timeoutMs} ms.`;
        done.reject(new RoomlineError("unavailable", text));
      }, timeoutMs);
    };
    return { waiter, promise: done.promise, limit };
  }
}
