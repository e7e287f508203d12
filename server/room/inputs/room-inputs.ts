import type { MessageInitShape } from "@bufbuild/protobuf";
import type { SeatInput, SeatInputSchema } from "../../../shared/gen/roomline/node/v1/node_pb.ts";
import type { ContractTable, Kind } from "../../../shared/contract/contract-table.ts";
import { RoomlineError } from "../../../shared/errors.ts";
import { pending } from "../../../shared/pending.ts";
import type { SeatAnswer } from "../../feed/commit.ts";
import type { InputReply, Refusal, RoomInput } from "../../feed/inbox.ts";
import type { Counters } from "../../observe/counters.ts";
import type { Containment } from "../hooks/containment.ts";
import { encodeSaid } from "../commit/encode-said.ts";
import type { Member } from "../members/member.ts";
import { isRefusal } from "../hooks/refusal.ts";
import type { InputInfo, Player, Room } from "../room-api.ts";
import type { QueuedInput } from "./batch.ts";
import type { InputQueueConfig } from "../config.ts";
import { InputQueue } from "./queue.ts";

/** A handler whose contract is no longer known to the compiler: the codec of the same contract makes its payloads. */
export type AnyInputHandler = (
  room: Room,
  player: Player,
  payload: unknown,
  info: InputInfo,
) => unknown;

/** What the inputs of a room need of it. */
interface RoomInputsParts {
  readonly type: {
    readonly type: string;
    readonly contract: ContractTable;
    readonly inputs: InputQueueConfig;
    readonly messageBytesMax: number;
  };
  readonly counters: Counters;
  readonly containment: Containment;
  readonly context: Room;
  /** What handles inputs of this name; undefined: nothing. */
  readonly handlerOf: (name: string) => AnyInputHandler | undefined;
  /** The room is closed: nothing is applied any more. */
  readonly isClosed: () => boolean;
  /** An input is in the hands of the room's code. */
  readonly onHandled: (member: Member, seq: number) => void;
  /** Tells a seat something with the next state. */
  readonly answer: (answer: SeatAnswer) => void;
  /** A handler goes on after it has returned: a promise that never rejects. */
  readonly onPending: (work: Promise<void>) => void;
  /** Calls back once, unless the room is closed by then. */
  readonly after: (callback: () => void) => { cancel(): void };
}

/**
 * The inputs of a room, from their arrival until its code has handled them and their answers are on the way (rules TK-2,
 * FL-2, IN-2, IN-4 to IN-6).
 */
export class RoomInputs {
  readonly #parts: RoomInputsParts;
  readonly #queue: InputQueue;

  constructor(parts: RoomInputsParts) {
    this.#parts = parts;
    this.#queue = new InputQueue(parts.type.inputs);
  }

  /** An input has come. One that was here before is answered again, and not applied (rules IN-1, IN-4). */
  take(member: Member, input: RoomInput): void {
    const { seq, wantsReply } = input;
    if (seq > 0) {
      if (seq <= member.takenSeq) {
        this.#duplicate(member, input);
        return;
      }
      member.takenSeq = seq;
      if (wantsReply) member.openRequest(seq, this.#parts.type.inputs.pendingRepliesMax);
    }
    const dropped = this.#queue.push(member, input);
    if (dropped !== undefined) this.#drop(dropped);
  }

  /** Those that wait, for whoever takes the room. */
  image(): MessageInitShape<typeof SeatInputSchema>[] {
    return this.#queue.image();
  }

  /** Takes over what {@link image} gave. */
  restore(inputs: readonly SeatInput[], memberOf: (seat: number) => Member | undefined): void {
    this.#queue.restore(inputs, memberOf);
  }

  /** The code that was handling this input is no more, and nobody knows what it has done: its player is told so. */
  giveUp(member: Member, seq: number, wantsReply: boolean): void {
    const { number: seat } = member;
    if (!wantsReply) this.#parts.answer({ seat, ...lost, kind: "error", inputSeq: seq });
    else if (member.requests?.close(seq, { kind: "error", ...lost }) === true)
      this.#parts.answer({ seat, kind: "reply", seq, reply: { kind: "error", ...lost } });
  }

  /** Hands all that wait to the room's code. */
  applyAll(): void {
    this.#queue.drain(this.#applyNext);
  }

  /** What a player sent before it left still counts (rule TK-2). */
  applyLast(member: Member): void {
    if (this.#parts.isClosed()) return;
    for (const input of this.#queue.takeOf(member)) {
      if (member.isGone) return;
      this.#apply(input);
    }
  }

  /** Returns whether more may follow. */
  readonly #applyNext = (input: QueuedInput): boolean => {
    if (this.#parts.isClosed()) return false;
    if (!input.member.isGone) this.#apply(input);
    return true;
  };

  /** Applies one input. Whatever happens it then counts as applied. */
  #apply(input: QueuedInput): void {
    const { member, seq } = input;
    const { counters, type, onHandled } = this.#parts;
    if (seq > 0) onHandled(member, seq);
    counters.inputsApplied++;
    const kind = type.contract.inputs.byNumber[input.kind];
    try {
      if (kind === undefined) throw this.#unknownKind(input.kind);
      const answer = this.#call(kind, input);
      const later = pending(answer);
      if (later !== undefined) this.#goOn(kind, input, later);
      else if (input.wantsReply) this.#reply(input, this.#payloadReply(kind, answer));
    } catch (thrown) {
      this.#refuse(input, thrown);
    }
  }

  #call(kind: Kind, input: QueuedInput): unknown {
    const handler = this.#parts.handlerOf(kind.name);
    if (handler === undefined) throw this.#unknownKind(kind.number);
    const payload = kind.decode(input.bytes, input.start, input.end);
    return handler(this.#parts.context, input.member.player, payload, { seq: input.seq });
  }

  /**
   * The handler takes its time. An input that wants a reply is done when it has one; any other is acknowledged when its
   * handler is done, or when it takes too long for those behind it (limits.hookTimeoutMs).
   */
  #goOn(kind: Kind, input: QueuedInput, answer: Promise<unknown>): void {
    const { member, seq, wantsReply } = input;
    const isHeld = seq > 0 && !wantsReply;
    if (isHeld) member.begin(seq);
    const finish = (): void => {
      if (isHeld) member.finish(seq);
    };
    const timer = isHeld ? this.#parts.after(finish) : undefined;
    const work = answer
      .then((value) => {
        if (wantsReply) this.#reply(input, this.#payloadReply(kind, value));
      })
      .catch((thrown: unknown) => this.#refuse(input, thrown))
      .then(() => {
        timer?.cancel();
        finish();
      });
    this.#parts.onPending(work);
  }

  #duplicate(member: Member, { seq, wantsReply }: RoomInput): void {
    this.#parts.counters.inputsDuplicate++;
    const { requests } = member;
    if (!wantsReply || requests === undefined || requests.isOpen(seq)) return;
    this.#parts.answer({ seat: member.number, kind: "reply", seq, reply: requests.reply(seq) });
  }

  /** Tells of an input that had to go before its turn (rule FL-2). */
  #drop(input: QueuedInput): void {
    this.#parts.counters.inputsDropped++;
    if (input.seq === 0) return;
    const message = `Input ${input.seq} was dropped: the room has too many of yours waiting.`;
    this.#tell(input, { code: "input-dropped", message, reason: "" });
  }

  /** A RoomlineError that means something to players is the room saying no; anything else is the room failing. */
  #refuse(input: QueuedInput, thrown: unknown): void {
    if (isRefusal(thrown)) {
      this.#tell(input, thrown);
      return;
    }
    // First the player is told, for the room may close over it.
    this.#tell(input, failure);
    this.#parts.containment.report("onInput", thrown);
  }

  #tell(input: QueuedInput, { code, message, reason }: Refusal): void {
    const { seq: inputSeq, member } = input;
    const refusal = { kind: "error", code, message, reason } as const;
    if (input.wantsReply) this.#reply(input, refusal);
    else this.#parts.answer({ seat: member.number, ...refusal, inputSeq });
  }

  /** A handler that waited may answer when the player is gone; and only once each. */
  #reply({ member, seq }: QueuedInput, reply: InputReply): void {
    if (member.requests?.close(seq, reply) !== true) return;
    this.#parts.answer({ seat: member.number, kind: "reply", seq, reply });
  }

  /** @throws RoomlineError when the kind has no replies; `invalid-use` for what is none, which is the room's mistake */
  #payloadReply({ name, reply }: Kind, answer: unknown): InputReply {
    if (reply === undefined)
      throw new RoomlineError("invalid-argument", `Inputs of kind "${name}" are not answered.`);
    const said = { what: `The reply to "${name}"`, bytesMax: this.#parts.type.messageBytesMax };
    return { kind: "payload", payload: encodeSaid(reply, answer, said) };
  }

  #unknownKind(number: number): RoomlineError {
    return new RoomlineError(
      "unknown-kind",
      `Room type "${this.#parts.type.type}" has no input of kind ${number}.`,
    );
  }
}

const lost: Refusal = {
  code: "internal",
  message:
    "The room went on elsewhere while it handled this input: what has come of it is not known.",
  reason: "",
};

const failure: Refusal = {
  code: "internal",
  message: "The room failed to handle this input.",
  reason: "",
};
