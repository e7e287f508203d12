import { type CloseReason } from "../../../shared/close-reason.ts";
import { safeNumber } from "../../../shared/codec/safe-number.ts";
import { RoomlineError } from "../../../shared/errors.ts";
import type { SeatRebound, SeatTaken } from "../../../shared/gen/roomline/node/v1/node_pb.ts";
import type { CommittedFeed } from "../committed-feed.ts";
import type { FeedEnd } from "../feed.ts";
import type { JoinRequest, RoomInbox, RoomInput, SeatDesk } from "../inbox.ts";
import type { CallNumbers } from "./call-numbers.ts";
import type { InputRingConfig } from "./input-ring.ts";
import type { LinkWriter, NodeBody } from "./link-end.ts";
import { RemoteSeat } from "./remote-seat.ts";

/** What the seats of a replica need of it. */
interface RemoteInboxParts {
  /** What the room is called on links. */
  readonly number: number;
  readonly roomId: string;
  readonly calls: CallNumbers;
  readonly inputs: InputRingConfig;
  /** Says something on the link, if the room is open there. */
  readonly say: (body: NodeBody) => void;
  /** There is something to pull. */
  readonly mark: () => void;
}

/** A Join on its way. */
interface AskedSeat {
  readonly join: NodeBody & { readonly case: "takeSeat" };
  readonly desk: SeatDesk;
}

/** Around what is counted of a message. */
const overheadBytes = 16;

/** What is said to a room that lives elsewhere: kept until the room has heard it, and said again after a loss. */
export class RemoteInbox implements RoomInbox {
  readonly #parts: RemoteInboxParts;
  readonly #asked = new Map<bigint, AskedSeat>();
  readonly #seats = new Map<number, RemoteSeat>();
  #isOver = false;

  constructor(parts: RemoteInboxParts) {
    this.#parts = parts;
  }

  /** Whether nobody has a seat, or has asked for one. */
  get isIdle(): boolean {
    return this.#asked.size === 0 && this.#seats.size === 0;
  }

  // What becomes of the link, and what the host says.

  /** The room is open on the link: says what may have been lost. */
  onOpened(): void {
    for (const { join } of this.#asked.values()) this.#sayJoin(join);
    for (const seat of this.#seats.values()) {
      seat.saidConnected = seat.isConnected;
      const value = { feed: this.#parts.number, seat: seat.number, connected: seat.isConnected };
      this.#parts.say({ case: "rebindSeat", value });
    }
  }

  /** The link is lost. */
  detach(): void {
    for (const seat of this.#seats.values()) seat.lose();
  }

  onTaken({ call, seat: number, joinCursor, metadataJson }: SeatTaken, feed: CommittedFeed): void {
    const desk = this.#settle(call);
    if (desk === undefined) return;
    const { inputs } = this.#parts;
    const onOver = (): void => void this.#seats.delete(number);
    const seat = new RemoteSeat(number, { desk, inputs, onOver });
    this.#seats.set(number, seat);
    feed.openDesk(number, seat);
    seat.seated({ seat: number, joinCursor: safeNumber(joinCursor), metadataJson });
  }

  onRefused(call: bigint, error: RoomlineError): void {
    this.#settle(call)?.refused(error);
  }

  onRebound({ seat: number, takenSeq }: SeatRebound): void {
    const seat = this.#seats.get(number);
    if (seat === undefined) return;
    seat.rebind(safeNumber(takenSeq));
    this.#parts.mark();
  }

  /** The room is over for this node. */
  close(end: FeedEnd, why: { feed: CommittedFeed | undefined; error: RoomlineError }): void {
    this.#isOver = true;
    for (const call of [...this.#asked.keys()]) this.onRefused(call, why.error);
    const seats = [...this.#seats.values()];
    this.#seats.clear();
    for (const seat of seats) {
      seat.ended(end.reason, end.detail);
      why.feed?.closeDesk(seat.number);
    }
  }

  // RoomInbox

  join(request: JoinRequest, desk: SeatDesk): void {
    if (this.#isOver) {
      desk.refused(new RoomlineError("unknown-room", `Room "${this.#parts.roomId}" is closed.`));
      return;
    }
    const call = this.#parts.calls.next();
    try {
      const join = { case: "takeSeat" as const, value: this.#request(call, request) };
      this.#asked.set(call, { join, desk });
      this.#sayJoin(join);
    } catch (cause) {
      this.#parts.calls.over(call);
      const sentence = "The claims or options are not JSON, and the room is at another node.";
      desk.refused(new RoomlineError("invalid-argument", sentence, { cause }));
    }
  }

  leave(number: number, reason: CloseReason): void {
    const seat = this.#seats.get(number);
    if (seat === undefined || seat.leaving !== undefined) return;
    seat.leaving = reason;
    // What the player sent before it left goes before.
    this.#parts.mark();
  }

  drop(number: number): void {
    this.#connect(number, false);
  }

  resume(number: number): void {
    this.#connect(number, true);
  }

  input(number: number, input: RoomInput): void {
    const seat = this.#seats.get(number);
    if (seat === undefined || seat.leaving !== undefined) return;
    // Nobody waits for a link with what is ephemeral.
    if (input.seq === 0 && !seat.isBound) return;
    seat.input(input);
    this.#parts.mark();
  }

  /** Says what seats have to say, each in its order. Returns whether there is more. */
  pull(out: LinkWriter): boolean {
    for (const seat of this.#seats.values()) {
      if (seat.isConnected && !seat.saidConnected) this.#sayConnected(out, seat);
    }
    if (this.#pullInputs(out)) return true;
    for (const seat of this.#seats.values()) {
      if (!seat.isConnected && seat.saidConnected) this.#sayConnected(out, seat);
      this.#sayLeave(out, seat);
    }
    return false;
  }

  #pullInputs(out: LinkWriter): boolean {
    const inputs = [];
    let bytes = 0;
    for (const seat of this.#seats.values()) {
      while (bytes < out.room) {
        const input = seat.nextInput();
        if (input === undefined) break;
        const { seq, kind, payload, wantsReply } = input;
        inputs.push({ seat: seat.number, seq: BigInt(seq), kind, payload, wantsReply });
        bytes += payload.length + overheadBytes;
      }
    }
    const isCut = bytes >= out.room;
    if (inputs.length > 0) {
      const value = { feed: this.#parts.number, inputs };
      out.add({ case: "inputs", value }, bytes + overheadBytes);
    }
    return isCut;
  }

  #connect(number: number, connected: boolean): void {
    const seat = this.#seats.get(number);
    if (seat === undefined || seat.isConnected === connected) return;
    seat.isConnected = connected;
    this.#parts.mark();
  }

  #sayConnected(out: LinkWriter, seat: RemoteSeat): void {
    if (!seat.isBound) return;
    seat.saidConnected = seat.isConnected;
    const change = { case: "connected" as const, value: seat.isConnected };
    const value = { feed: this.#parts.number, seat: seat.number, change };
    out.add({ case: "seatChange", value }, overheadBytes);
  }

  #sayLeave(out: LinkWriter, seat: RemoteSeat): void {
    if (seat.leaving === undefined || !seat.isBound) return;
    // Said once on each link, and nothing after it; that it has ended is heard from the host.
    seat.isBound = false;
    const change = { case: "leave" as const, value: seat.leaving.code };
    const value = { feed: this.#parts.number, seat: seat.number, change };
    out.add({ case: "seatChange", value }, overheadBytes);
  }

  /** Whoever waits for the answer to this call, which is here. */
  #settle(call: bigint): SeatDesk | undefined {
    const asked = this.#asked.get(call);
    this.#asked.delete(call);
    this.#parts.calls.over(call);
    return asked?.desk;
  }

  #request(call: bigint, request: JoinRequest) {
    const { playerId, sessionId, claims, options, reservation } = request;
    const [claimsJson, optionsJson] = [jsonOf(claims), jsonOf(options)];
    const feed = this.#parts.number;
    return { feed, call, playerId, sessionId, claimsJson, optionsJson, reservation };
  }

  #sayJoin({ case: kind, value }: AskedSeat["join"]): void {
    this.#parts.say({ case: kind, value: { ...value, openFrom: this.#parts.calls.openFrom } });
  }
}

/** @throws TypeError when it is not JSON */
function jsonOf(value: unknown): string {
  if (value === undefined) return "";
  // Of a function there is no JSON, whatever its type says.
  const json: unknown = JSON.stringify(value);
  if (typeof json !== "string") throw new TypeError(`This is not JSON: ${typeof value}.`);
  return json;
}
