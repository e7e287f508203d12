import { type CloseReason } from "../../../shared/close-reason.ts";
import { safeNumber } from "../../../shared/codec/safe-number.ts";
import { RoomlineError } from "../../../shared/errors.ts";
import type { SeatRebound, SeatTaken } from "../../../shared/gen/roomline/node/v1/node_pb.ts";
import type { CommittedFeed } from "../committed-feed.ts";
import type { FeedEnd } from "../feed.ts";
import type {
  JoinRequest,
  LocalSeat,
  MovedRoom,
  RoomInbox,
  RoomInput,
  SeatClaim,
  SeatDesk,
  SeatError,
} from "../inbox.ts";
import type { CallNumbers } from "./call-numbers.ts";
import type { InputRingConfig } from "./input-ring.ts";
import type { LinkWriter, NodeBody } from "./link-end.ts";
import { seatErrorToWire } from "../record-codec.ts";
import { RemoteSeat } from "./remote-seat.ts";

/** What a copy of a room is on the links to one node. */
export interface CopyName {
  /** What the room is called on them. */
  readonly number: number;
  /** Numbers of what is asked on them. */
  readonly calls: CallNumbers;
}

/** What the seats of a replica need of it. */
interface RemoteInboxParts {
  readonly name: CopyName;
  readonly roomId: string;
  readonly inputs: InputRingConfig;
  /** There is something to pull. */
  readonly mark: () => void;
}

type TakeSeatBody = (NodeBody & { readonly case: "takeSeat" })["value"];

/** A Join on its way. */
interface AskedSeat {
  readonly join: TakeSeatBody;
  readonly desk: SeatDesk;
  /** Asks a room that is here by now. */
  readonly askHere: (inbox: RoomInbox) => void;
}

/** Around what is counted of a message. */
const overheadBytes = 16;

/** What is said to a room that lives elsewhere: kept until the room has heard it, and said again after a loss. */
export class RemoteInbox implements RoomInbox {
  readonly #parts: RemoteInboxParts;
  readonly #asked = new Map<bigint, AskedSeat>();
  readonly #seats = new Map<number, RemoteSeat>();
  /** Joins, and seats held over a loss, that the host has not been told of on this link. */
  readonly #unsaidJoins = new Set<bigint>();
  readonly #unsaidSeats = new Set<number>();
  /** Players who are about to give a seat up, or to go to another node, of whom the host has not said that they have. */
  readonly #going = new Set<string>();
  /** The request of a player that the host has been told of and has not answered. */
  readonly #asking = new Map<string, bigint>();
  #isOver = false;
  #name: CopyName;
  /** Where the room is, once it has come to this node. */
  #home: MovedRoom | undefined;

  constructor(parts: RemoteInboxParts) {
    this.#parts = parts;
    this.#name = parts.name;
  }

  // Where the room goes on.

  /** It has gone from here: speaks for these seats of it from now on. `feed`: the copy of it, from which their desks hear. */
  holdAll(seats: readonly LocalSeat[], feed: CommittedFeed): void {
    const { inputs } = this.#parts;
    for (const local of seats) {
      const { seat: number, playerId } = local;
      const onOver = (): void => this.#onOver(number, playerId);
      const seat = RemoteSeat.of(local, { inputs, onOver });
      this.#seats.set(number, seat);
      feed.openDesk(number, seat);
    }
  }

  /** It goes on at another node, where it is called this: all there is to say is said there. */
  rehome(name: CopyName): void {
    this.detach();
    const asked = [...this.#asked];
    this.#asked.clear();
    for (const [call, one] of asked) {
      this.#name.calls.over(call);
      const again = name.calls.next();
      const join = { ...one.join, feed: name.number, call: again };
      this.#asked.set(again, { ...one, join });
    }
    this.#asking.clear();
    this.#name = name;
    for (const seat of this.#seats.values()) seat.rehome();
  }

  /** It has come to this node: whoever has a seat there, or has asked for one, speaks to it from now on. */
  comeHome(
    to: MovedRoom & { readonly feed: CommittedFeed },
    from: CommittedFeed | undefined,
  ): void {
    this.#isOver = true;
    this.#home = to;
    const seats = [...this.#seats.values()];
    this.#seats.clear();
    for (const seat of seats) {
      from?.closeDesk(seat.number);
      seat.comeHome(to);
    }
    for (const [call, { desk, askHere }] of [...this.#asked]) {
      this.#settle(call);
      desk.moved(to);
      askHere(to.inbox);
    }
  }

  /** Whether nobody has a seat, or has asked for one. */
  get isIdle(): boolean {
    return this.#asked.size === 0 && this.#seats.size === 0;
  }

  // What becomes of the link, and what the host says.

  /** The room is open on the link: says what may have been lost. */
  onOpened(): void {
    for (const call of this.#asked.keys()) this.#unsaidJoins.add(call);
    for (const seat of this.#seats.keys()) this.#unsaidSeats.add(seat);
    this.#parts.mark();
  }

  /** The link is lost. */
  detach(): void {
    this.#unsaidJoins.clear();
    this.#unsaidSeats.clear();
    for (const seat of this.#seats.values()) seat.lose();
  }

  onTaken(taken: SeatTaken, feed: CommittedFeed): void {
    const { call, seat: number, joinCursor, metadataJson } = taken;
    const asked = this.#settle(call);
    if (asked === undefined) return;
    const { desk, join } = asked;
    const { inputs } = this.#parts;
    const { playerId = "" } = join;
    const onOver = (): void => this.#onOver(number, playerId);
    const takenSeq = safeNumber(taken.takenSeq);
    const had = { takenSeq, openRequests: taken.openRequests.map(safeNumber) };
    const seat = new RemoteSeat(number, {
      ...{ desk, inputs, onOver, playerId },
      ...{ sessionId: join.sessionId ?? "", home: safeNumber(join.home ?? 0n) },
      ...(join.adopt === true && { had }),
    });
    this.#seats.set(number, seat);
    feed.openDesk(number, seat);
    seat.seated({
      seat: number,
      joinCursor: safeNumber(joinCursor),
      metadataJson,
      ...had,
    });
  }

  onRefused(call: bigint, error: RoomlineError): void {
    this.#settle(call)?.desk.refused(error);
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
    if (this.#isHome(desk, (inbox) => inbox.join(request, desk))) return;
    try {
      const { playerId, sessionId, claims, options, reservation, home = 0 } = request;
      const [claimsJson, optionsJson] = [jsonOf(claims), jsonOf(options)];
      this.#ask(
        { playerId, sessionId, claimsJson, optionsJson, reservation, home: BigInt(home) },
        desk,
        (inbox) => inbox.join(request, desk),
      );
    } catch (cause) {
      const sentence = "The claims or options are not JSON, and the room is at another node.";
      desk.refused(new RoomlineError("invalid-argument", sentence, { cause }));
    }
  }

  adopt(claim: SeatClaim, desk: SeatDesk): void {
    if (this.#isHome(desk, (inbox) => inbox.adopt(claim, desk))) return;
    const { playerId, sessionId, home } = claim;
    this.#ask({ playerId, sessionId, home: BigInt(home), adopt: true }, desk, (inbox) =>
      inbox.adopt(claim, desk),
    );
  }

  letGo(number: number, errors: readonly SeatError[]): void {
    this.#home?.inbox.letGo(number, errors);
    const seat = this.#seats.get(number);
    if (seat === undefined || seat.letGo !== undefined) return;
    seat.letGo = errors;
    this.#going.add(seat.playerId);
    this.#parts.mark();
  }

  leave(number: number, reason: CloseReason): void {
    this.#home?.inbox.leave(number, reason);
    const seat = this.#seats.get(number);
    if (seat === undefined || seat.leaving !== undefined || seat.letGo !== undefined) return;
    seat.leaving = reason;
    this.#going.add(seat.playerId);
    // What the player sent before it left goes before.
    this.#parts.mark();
  }

  drop(number: number): void {
    this.#home?.inbox.drop(number);
    this.#connect(number, false);
  }

  resume(number: number): void {
    this.#home?.inbox.resume(number);
    this.#connect(number, true);
  }

  input(number: number, input: RoomInput): void {
    this.#home?.inbox.input(number, input);
    const seat = this.#seats.get(number);
    if (seat === undefined || seat.leaving !== undefined || seat.letGo !== undefined) return;
    // Nobody waits for a link with what is ephemeral.
    if (input.seq === 0 && !seat.isBound) return;
    seat.input(input);
    this.#parts.mark();
  }

  /** Says what seats have to say, each in its order. Returns whether there is more. */
  pull(out: LinkWriter): boolean {
    if (this.#pullJoins(out) || this.#pullRebinds(out)) return true;
    for (const seat of this.#seats.values()) {
      if (seat.isConnected && !seat.saidConnected) this.#sayConnected(out, seat);
    }
    if (this.#pullInputs(out)) return true;
    for (const seat of this.#seats.values()) {
      if (!seat.isConnected && seat.saidConnected) this.#sayConnected(out, seat);
      this.#sayLeave(out, seat);
      this.#sayLetGo(out, seat);
    }
    return false;
  }

  #pullJoins(out: LinkWriter): boolean {
    for (const call of this.#unsaidJoins) {
      if (out.room <= 0) return true;
      const join = this.#asked.get(call)?.join;
      const { playerId = "" } = join ?? {};
      // Whoever has just gone and is here again: first what it asked before has to be answered, and the host to hear that it has gone.
      if (this.#going.has(playerId) || (this.#asking.get(playerId) ?? call) !== call) continue;
      this.#unsaidJoins.delete(call);
      if (join === undefined) continue;
      this.#asking.set(playerId, call);
      const value = { ...join, openFrom: this.#name.calls.openFrom };
      const bytes = (join.claimsJson?.length ?? 0) + (join.optionsJson?.length ?? 0);
      out.add({ case: "takeSeat", value }, bytes + overheadBytes);
    }
    return false;
  }

  #pullRebinds(out: LinkWriter): boolean {
    for (const number of this.#unsaidSeats) {
      if (out.room <= 0) return true;
      this.#unsaidSeats.delete(number);
      const seat = this.#seats.get(number);
      if (seat === undefined) continue;
      const { isConnected: connected, errorsHeard, playerId, sessionId, home } = seat;
      seat.saidConnected = connected;
      const value = {
        ...{ feed: this.#name.number, seat: number, connected, errorsHeard },
        ...{ playerId, sessionId, home: BigInt(home) },
      };
      out.add({ case: "rebindSeat", value }, overheadBytes);
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
      const value = { feed: this.#name.number, inputs };
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
    const value = { feed: this.#name.number, seat: seat.number, change };
    out.add({ case: "seatChange", value }, overheadBytes);
  }

  #sayLeave(out: LinkWriter, seat: RemoteSeat): void {
    if (seat.leaving === undefined || !seat.isBound) return;
    // Said once on each link, and nothing after it; that it has ended is heard from the host.
    seat.isBound = false;
    const change = { case: "leave" as const, value: seat.leaving.code };
    const value = { feed: this.#name.number, seat: seat.number, change };
    out.add({ case: "seatChange", value }, overheadBytes);
  }

  /** As {@link #sayLeave}: what the player sent before it went is said before, and that the seat is over here is heard from the host. */
  #sayLetGo(out: LinkWriter, seat: RemoteSeat): void {
    if (seat.letGo === undefined || !seat.isBound) return;
    seat.isBound = false;
    const change = { case: "letGo" as const, value: { errors: seat.letGo.map(seatErrorToWire) } };
    const value = { feed: this.#name.number, seat: seat.number, change };
    out.add({ case: "seatChange", value }, overheadBytes * (1 + seat.letGo.length));
  }

  /** Asks the host for a seat. */
  #ask(join: TakeSeatBody, desk: SeatDesk, askHere: AskedSeat["askHere"]): void {
    if (this.#isOver) {
      desk.refused(new RoomlineError("unknown-room", `Room "${this.#parts.roomId}" is closed.`));
      return;
    }
    const call = this.#name.calls.next();
    this.#asked.set(call, { join: { ...join, feed: this.#name.number, call }, desk, askHere });
    this.#unsaidJoins.add(call);
    this.#parts.mark();
  }

  /** Whether the room is here by now: then who comes is passed on. */
  #isHome(desk: SeatDesk, ask: (inbox: RoomInbox) => void): boolean {
    if (this.#home === undefined) return false;
    desk.moved(this.#home);
    ask(this.#home.inbox);
    return true;
  }

  #onOver(number: number, playerId: string): void {
    this.#seats.delete(number);
    if (this.#going.delete(playerId)) this.#parts.mark();
  }

  /** Whoever waits for the answer to this call, which is here. */
  #settle(call: bigint): AskedSeat | undefined {
    const asked = this.#asked.get(call);
    this.#asked.delete(call);
    this.#name.calls.over(call);
    const { playerId = "" } = asked?.join ?? {};
    if (this.#asking.get(playerId) === call) this.#asking.delete(playerId);
    this.#parts.mark();
    return asked;
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
