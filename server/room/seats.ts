import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Clock, Timer } from "../../shared/clock.ts";
import { closeReasons, type CloseReason } from "../../shared/close-reason.ts";
import { safeNumber } from "../../shared/codec/safe-number.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type {
  ReservationImage,
  SeatsImage,
  SeatsImageSchema,
} from "../../shared/gen/roomline/room/v1/image_pb.ts";
import type { CommittedFeed } from "../feed/committed-feed.ts";
import type {
  JoinRequest,
  LocalSeat,
  MovedRoom,
  RoomInbox,
  RoomInput,
  SeatClaim,
  SeatDesk,
  SeatError,
  Seated,
} from "../feed/inbox.ts";
import { seatErrorOfWire, seatErrorToWire } from "../feed/record-codec.ts";
import { seatRefusal, seatTaken } from "./members/admission.ts";
import { readClaims } from "./claims.ts";
import type { RoomTypeConfig } from "./config.ts";
import { roomForJoiner, type RoomFacts } from "./context.ts";
import type { RoomInputs } from "./inputs/room-inputs.ts";
import type { Member } from "./members/member.ts";
import type { MemberRows } from "./members/member-rows.ts";
import type { Members } from "./members/members.ts";
import { metadataJson } from "./members/metadata-json.ts";
import type { RoomCommits } from "./commit/room-commits.ts";
import { decide, type HookWorld } from "./hooks/refusal.ts";
import { HeldWords } from "./held-words.ts";
import type { Reservation } from "./members/reservation.ts";
import { ParkedSeat } from "./members/parked-seat.ts";
import type { Player, Room } from "./room-api.ts";

/** What the seats of a room need of it. */
interface SeatsParts {
  readonly roomId: string;
  readonly config: RoomTypeConfig;
  readonly members: Members;
  /** What players see of them, if they do. */
  readonly memberRows: MemberRows | undefined;
  readonly facts: Readonly<RoomFacts>;
  readonly context: Room;
  readonly feed: CommittedFeed;
  readonly commits: RoomCommits;
  readonly inputs: RoomInputs;
  readonly hooks: HookWorld;
  readonly clock: Clock;
  /** Goes on with a seat that another instance of the room was holding. */
  readonly restoreReservation: (image: ReservationImage) => Reservation;
  readonly isClosed: () => boolean;
  readonly requestTurn: () => void;
  /** What lobbies show has changed. */
  readonly changed: () => void;
  /** A player has a seat from now on, or has it no more. */
  readonly onSeat: (player: Player, isThere: boolean) => void;
  /** Does it after that time, unless the room is closed by then. */
  readonly after: (delayMs: number, callback: () => void) => Timer;
  /** Calls a hook that decides nothing; the end of the server waits for what it has still to do, if it says so. */
  readonly call: (hook: string, isFarewell: boolean, call: () => unknown) => void;
}

/** Somebody `onJoin` has not decided on. */
interface Joiner {
  readonly desk: SeatDesk;
  /** The same player asked again, by another connection perhaps: its turn comes when this one is decided. */
  next: { readonly request: JoinRequest; readonly desk: SeatDesk } | undefined;
}

/** Who comes and goes: takes what is said to a room, and answers at the desk of the seat (rules JN, RS-7, LB-4). */
export class Seats implements RoomInbox {
  readonly #parts: SeatsParts;
  readonly #joiners = new Map<Member, Joiner>();
  /** Where the room goes on: this is an instance that is over. */
  #movedTo: MovedRoom | undefined;
  /** The room was put down. */
  #isDown = false;
  /** What is said while the room stands still; undefined: it does not. */
  #held: HeldWords | undefined;

  constructor(parts: SeatsParts) {
    this.#parts = parts;
  }

  join(request: JoinRequest, desk: SeatDesk): void {
    if (this.#held !== undefined) {
      this.#held.join(request, desk);
      return;
    }
    if (this.#isElsewhere(desk, (inbox) => inbox.join(request, desk))) return;
    const { members, context, config, hooks, commits, changed } = this.#parts;
    const { playerId, claims, options, reservation } = request;
    if (this.#queue(request, desk)) return;
    if (commits.isStalled) {
      desk.refused(stalled());
      return;
    }
    this.#leaveParked(playerId);
    const refusal = this.#refusal(playerId, reservation);
    if (refusal !== undefined) {
      desk.refused(refusal);
      return;
    }
    const member = members.begin(request, commits.joinCursor);
    this.#joiners.set(member, { desk, next: undefined });
    const room = roomForJoiner(context, members.seated, member);
    const { definition } = config;
    const call = (): unknown => {
      member.player.claims = readClaims(definition, claims, "join-refused");
      return definition.onJoin?.(room, member.player, options);
    };
    const refuse = (thrown: unknown): void => this.#refuse(member, RoomlineError.from(thrown));
    const report = (hook: string, thrown: unknown): void => {
      // First the player is told, for the room may close over it.
      refuse(new RoomlineError(onJoin.failure, onJoin.sentence));
      hooks.report(hook, thrown);
    };
    let answer: unknown;
    try {
      answer = decide(onJoin, call, { ...hooks, report });
    } catch (thrown) {
      refuse(thrown);
      return;
    }
    if (!(answer instanceof Promise)) {
      this.#seat(member);
      return;
    }
    answer.then(() => this.#seat(member), refuse);
    if (member.isGone) return;
    members.putOff(member);
    changed();
  }

  adopt(claim: SeatClaim, desk: SeatDesk): void {
    if (this.#held !== undefined) {
      this.#held.adopt(claim, desk);
      return;
    }
    if (this.#isElsewhere(desk, (inbox) => inbox.adopt(claim, desk))) return;
    const { playerId, sessionId, home, held } = claim;
    const { members, feed, facts, roomId } = this.#parts;
    const member = members.of(playerId);
    const isTheirs =
      member?.status === "seated" &&
      member.player.sessionId === sessionId &&
      (held === undefined || held.seat === member.number);
    if (!isTheirs || home < member.home) {
      const sentence = `You have no seat in room "${roomId}" that could come along.`;
      desk.refused(new RoomlineError("unknown-session", sentence));
      return;
    }
    member.home = home;
    const { number: seat, joinCursor } = member;
    if (held !== undefined) this.#connect(member, held.isConnected);
    // The node before may have had no time to say so.
    else if (member.player.connected) this.drop(seat);
    desk.acked = feed.acked(seat);
    const before = feed.openDesk(seat, desk);
    const metadata = metadataJson(facts.metadata);
    desk.seated({ seat, joinCursor, metadataJson: metadata, ...this.#inputsHad(member) });
    before?.replaced(desk);
  }

  /** What need not be said again. Of what is not stored the room may know nothing tomorrow: that is said again, and known by its number. */
  #inputsHad({
    number,
    takenSeq,
    openRequests,
  }: Member): Pick<Seated, "takenSeq" | "openRequests"> {
    const { commits, feed } = this.#parts;
    if (!commits.isGated) return { takenSeq, openRequests };
    const storedSeq = Math.min(takenSeq, feed.acked(number));
    return { takenSeq: storedSeq, openRequests: openRequests.filter((seq) => seq <= storedSeq) };
  }

  /** The player of a seat that goes on has come or gone meanwhile, or is as it was. */
  #connect({ number, player }: Member, isConnected: boolean): void {
    if (player.connected === isConnected) return;
    if (isConnected) this.resume(number);
    else this.drop(number);
  }

  letGo(seat: number, errors: readonly SeatError[], leftMs?: number): void {
    if (this.#held !== undefined) {
      this.#held.letGo(seat, errors);
      return;
    }
    if (this.#movedTo !== undefined) {
      this.#movedTo.inbox.letGo(seat, errors);
      return;
    }
    const { members, config } = this.#parts;
    const member = members.at(seat);
    if (member?.status !== "seated") return;
    if (member.player.connected) this.drop(seat);
    const acked = this.#parts.feed.acked(seat);
    this.#park(seat, errors, { leftMs: leftMs ?? config.resumeWindowMs, acked });
  }

  /** The seat is kept that long for whoever adopts it. */
  #park(
    seat: number,
    errors: readonly SeatError[],
    { leftMs, acked }: { readonly leftMs: number; readonly acked: number },
  ): void {
    const { feed, after, clock } = this.#parts;
    const expiry = after(leftMs, () => this.leave(seat, closeReasons.sessionExpired));
    const dueMs = clock.now() + leftMs;
    const desk = new ParkedSeat(errors, { dueMs, expiry });
    desk.acked = acked;
    feed.openDesk(seat, desk);
  }

  leave(seat: number, reason: CloseReason): void {
    if (this.#held !== undefined) {
      this.#held.leave(seat, reason);
      return;
    }
    this.#movedTo?.inbox.leave(seat, reason);
    const { members, inputs } = this.#parts;
    const member = members.at(seat);
    if (member === undefined) return;
    if (reason === closeReasons.left) inputs.applyLast(member);
    if (!member.isGone) this.#end(member, reason);
  }

  drop(seat: number): void {
    if (this.#held !== undefined) {
      this.#held.drop(seat);
      return;
    }
    this.#movedTo?.inbox.drop(seat);
    const { members, call, config, context } = this.#parts;
    const member = members.at(seat);
    if (member === undefined) return;
    members.connect(member, false);
    this.#parts.memberRows?.update(member.player);
    call("onDrop", true, () => config.definition.onDrop?.(context, member.player));
  }

  resume(seat: number): void {
    if (this.#held !== undefined) {
      this.#held.resume(seat);
      return;
    }
    this.#movedTo?.inbox.resume(seat);
    const { members, call, config, context } = this.#parts;
    const member = members.at(seat);
    if (member === undefined) return;
    members.connect(member, true);
    this.#parts.memberRows?.update(member.player);
    call("onResume", false, () => config.definition.onResume?.(context, member.player));
  }

  input(seat: number, input: RoomInput): void {
    if (this.#held !== undefined) {
      this.#held.input(seat, input);
      return;
    }
    const member = this.#parts.members.at(seat);
    if (member === undefined) {
      this.#movedTo?.inbox.input(seat, input);
      return;
    }
    this.#parts.inputs.take(member, input);
    if (this.#parts.config.tickRateHz === 0) this.#parts.requestTurn();
  }

  /**
   * Holds a seat (rule LB-4).
   * @throws RoomlineError `unknown-room`, `room-full`, `room-locked`, `session-exists`; `join-refused`: it cannot be stored
   */
  reserve(reservation: Reservation): void {
    if (this.#held !== undefined) throw onItsWay(this.#parts.roomId);
    if (this.#parts.commits.isStalled) throw stalled();
    const refusal = this.#refusal(reservation.playerId, "");
    if (refusal !== undefined) throw refusal;
    this.#parts.members.reserve(reservation);
    this.#parts.changed();
  }

  /** A reservation has expired. */
  release(secret: string): void {
    this.#parts.members.release(secret);
    this.#parts.changed();
  }

  /** The room ends a player's seat. One that closes ends them all with its own reason. */
  expel(playerId: string, reason: CloseReason, detail: string): void {
    const { members, isClosed, commits } = this.#parts;
    const member = members.of(playerId);
    if (member === undefined || isClosed()) return;
    if (member.status === "seated") {
      this.#putOut(member, reason, detail);
      commits.showSoon();
    } else this.#refuse(member, endedAtOnce(detail));
  }

  /** The room is closed: so are all seats. Their players hear of it with the last state. */
  endAll(reason: CloseReason, detail: string): void {
    const { members, roomId } = this.#parts;
    const closed = new RoomlineError("unknown-room", `Room "${roomId}" was closed meanwhile.`);
    for (const member of [...this.#joiners.keys()]) this.#refuse(member, closed);
    for (const member of [...members.seated.values()]) {
      if (!member.isGone) this.#putOut(member, reason, detail);
    }
    members.releaseAll();
  }

  /** Who is in the room, and what they have said that is still to be dealt with. */
  image(): MessageInitShape<typeof SeatsImageSchema> {
    const { members, inputs, feed, clock, config } = this.#parts;
    const { resumeWindowMs } = config;
    const nowMs = clock.now();
    const { seats, ...rest } = members.image(nowMs);
    return {
      ...rest,
      seats: seats.map((seat) => {
        const desk = feed.deskOf(seat.number);
        if (desk instanceof ParkedSeat) return { ...seat, parked: desk.image(nowMs) };
        // What a player at another node may have missed, it is told again from where the room goes on (rule IN-6).
        const missed = desk?.errors ?? [];
        if (missed.length === 0) return seat;
        return { ...seat, parked: { leftMs: resumeWindowMs, errors: missed.map(seatErrorToWire) } };
      }),
      inputs: inputs.image(),
    };
  }

  /**
   * Takes over what {@link image} gave. All seats are kept for whoever adopts them, those whose players were at a node for the whole
   * resume window.
   * @throws RoomlineError `join-refused`: the claims of a player are not those that are needed here
   */
  restore(image: SeatsImage): void {
    const { members, inputs, config, restoreReservation } = this.#parts;
    members.restore(image, config.inputs.pendingRepliesMax);
    for (const { number, parked, atWork } of image.seats) {
      const member = members.at(number);
      if (member === undefined) continue;
      member.player.claims = readClaims(config.definition, member.rawClaims, "join-refused");
      this.#park(number, (parked?.errors ?? []).map(seatErrorOfWire), {
        leftMs: Math.min(parked?.leftMs ?? Infinity, config.resumeWindowMs),
        acked: member.appliedSeq,
      });
      for (const seq of atWork) inputs.giveUp(member, safeNumber(seq), false);
      for (const seq of member.openRequests) {
        if (seq <= member.handledSeq) inputs.giveUp(member, seq, true);
      }
    }
    for (const held of image.reservations) members.reserve(restoreReservation(held));
    inputs.restore(image.inputs, (seat) => members.at(seat));
  }

  /** The room stands still: what is said from now on waits until it goes on, here or elsewhere. */
  freeze(): void {
    this.#held ??= new HeldWords();
  }

  /** Whether something was said since it stands still. */
  get isSpokenTo(): boolean {
    return this.#held?.isEmpty === false;
  }

  /** The room goes on where it was. */
  thaw(): void {
    const held = this.#held;
    this.#held = undefined;
    held?.sayTo(this);
  }

  /** The seats of players who are at this node. */
  get here(): LocalSeat[] {
    const { members, feed } = this.#parts;
    return [...members.seated.values()].flatMap((member) => {
      const desk = feed.deskOf(member.number);
      if (desk === undefined || desk instanceof ParkedSeat || desk.isAtEdge === true) return [];
      const { number: seat, id: playerId, player, home, takenSeq, openRequests } = member;
      const { sessionId, connected: isConnected } = player;
      return { ...{ seat, playerId, sessionId, home, isConnected, desk }, takenSeq, openRequests };
    });
  }

  /** The room goes on at another node, where the seats are: what was said here and had to wait is said there. */
  moveAway(to: MovedRoom, seats: readonly LocalSeat[]): void {
    const held = this.#held;
    this.#held = undefined;
    this.handOver(to);
    held?.passOn(to, new Set(seats.map(({ seat }) => seat)));
  }

  /** The room has come here: players whose nodes do not say within that time that they have them count as away. */
  awaitNodes(withinMs: number): void {
    const { members, feed, after } = this.#parts;
    for (const { number, player } of members.seated.values()) {
      const desk = feed.deskOf(number);
      if (!player.connected || desk === undefined) continue;
      after(withinMs, () => {
        if (feed.deskOf(number) === desk) this.drop(number);
      });
    }
  }

  /** Whether this instance is over: then whoever comes is passed on, or turned away. */
  #isElsewhere(desk: SeatDesk, ask: (inbox: RoomInbox) => void): boolean {
    if (this.#movedTo !== undefined) {
      desk.moved(this.#movedTo);
      ask(this.#movedTo.inbox);
    } else if (this.#isDown) desk.refused(goingDown());
    else return false;
    return true;
  }

  /** The room goes on here: whatever is still said to these seats is passed on. */
  handOver(to: MovedRoom): void {
    this.#movedTo = to;
    this.#letGoOfAll(new RoomlineError("join-refused", "The room went on elsewhere meanwhile."));
  }

  /** The room goes on another time: nobody comes or goes until then, and what is said to a seat has no effect. */
  putDown(): void {
    this.#isDown = true;
    this.#letGoOfAll(goingDown());
    // Whoever waits while it stands still hears so.
    this.thaw();
  }

  /** Another instance has the seats, those of players who are at no node as well. Who was about to join is told this. */
  #letGoOfAll(error: RoomlineError): void {
    const { members, feed } = this.#parts;
    for (const { number } of members.seated.values())
      if (feed.deskOf(number) instanceof ParkedSeat) feed.closeDesk(number);
    members.handOver();
    for (const { desk, next } of this.#joiners.values()) {
      desk.refused(error);
      next?.desk.refused(error);
    }
    this.#joiners.clear();
  }

  /** Whoever comes anew does not want the seat that was kept. */
  #leaveParked(playerId: string): void {
    const member = this.#parts.members.of(playerId);
    if (member !== undefined && this.#parts.feed.deskOf(member.number) instanceof ParkedSeat)
      this.leave(member.number, closeReasons.notResumed);
  }

  /** A player who is being decided on is not asked about twice at a time. Returns whether there is such a player. */
  #queue(request: JoinRequest, desk: SeatDesk): boolean {
    const { members, roomId } = this.#parts;
    const member = members.of(request.playerId);
    const joiner = member && this.#joiners.get(member);
    if (joiner === undefined) return false;
    joiner.next?.desk.refused(seatTaken(roomId));
    joiner.next = { request, desk };
    return true;
  }

  /** Why this player cannot have a seat; undefined: it can. */
  #refusal(playerId: string, secret: string): RoomlineError | undefined {
    const { roomId, facts, members, isClosed } = this.#parts;
    const seatsTaken = members.size + members.held;
    const room = { roomId, isClosed: isClosed(), seatsTaken, ...facts };
    return seatRefusal(room, members.claim(playerId, secret));
  }

  /** `onJoin` has let the player in. */
  #seat(member: Member): void {
    const { members, feed, facts, changed, requestTurn, commits } = this.#parts;
    const { isGated, open } = commits;
    const joiner = this.#joiners.get(member);
    if (joiner === undefined) return;
    this.#joiners.delete(member);
    members.seat(member);
    this.#parts.memberRows?.add(member.player);
    this.#parts.onSeat(member.player, true);
    // What an empty room does is not committed: without this, the first to come begins with what the last one saw.
    commits.showNow(members.size === 1);
    const { number: seat, joinCursor } = member;
    const { desk, next } = joiner;
    const metadata = metadataJson(facts.metadata);
    const seated = { seat, joinCursor, metadataJson: metadata, takenSeq: 0, openRequests: [] };
    if (isGated) open.seat({ desk, seated });
    else feed.openDesk(seat, desk);
    changed();
    requestTurn();
    if (!isGated) desk.seated(seated);
    if (next !== undefined) this.join(next.request, next.desk);
  }

  /** A player who was refused never sat in the room. */
  #refuse(member: Member, error: RoomlineError): void {
    const joiner = this.#joiners.get(member);
    if (joiner === undefined) return;
    this.#joiners.delete(member);
    this.#parts.members.refuse(member);
    this.#parts.changed();
    const { desk, next } = joiner;
    desk.refused(error);
    if (next !== undefined) this.join(next.request, next.desk);
  }

  /** A player goes, or does not come back: the room hears of it, and the player after all else it is told. */
  #end(member: Member, reason: CloseReason): void {
    const { members, commits } = this.#parts;
    const { open } = commits;
    members.giveUp(member);
    this.#tellRoom(member, reason);
    const { number: seat, handledSeq } = member;
    // The last inputs of a player who leaves count, and it is told so.
    if (reason === closeReasons.left && handledSeq > member.appliedSeq) {
      open.acks.push(seat, handledSeq);
    }
    open.releaseOf(seat);
    open.tell({ seat, kind: "ended", reason, detail: "" });
    commits.showNow(false);
  }

  /** The room ends a seat: its player is told so with the state of that moment (rule JN-8). */
  #putOut(member: Member, reason: CloseReason, detail: string): void {
    const { members, commits } = this.#parts;
    members.putOut(member);
    this.#tellRoom(member, reason);
    commits.open.hold({ seat: member.number, kind: "ended", reason, detail });
  }

  #tellRoom({ player }: Member, reason: CloseReason): void {
    const { config, context, changed, call, onSeat } = this.#parts;
    onSeat(player, false);
    this.#parts.memberRows?.remove(player);
    changed();
    call("onLeave", true, () => config.definition.onLeave?.(context, player, reason));
  }
}

const onJoin = {
  name: "onJoin",
  failure: "join-refused",
  sentence: "The room failed to take you in.",
} as const;

function endedAtOnce(detail: string): RoomlineError {
  const sentence = detail === "" ? "The room ended the seat at once." : detail;
  return new RoomlineError("join-refused", sentence);
}

/** Whoever asks from outside waits for the end of a move: this is for who does not. */
function onItsWay(roomId: string): RoomlineError {
  return new RoomlineError("unavailable", `Room "${roomId}" is on its way to another node.`);
}

function stalled(): RoomlineError {
  const sentence =
    "The room cannot be stored now, and stands still until it can. Try again in a moment.";
  return new RoomlineError("join-refused", sentence, { reason: "storage-failed" });
}

function goingDown(): RoomlineError {
  return new RoomlineError("draining", "The server is going down. Try again in a moment.");
}
