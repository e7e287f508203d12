import type { CloseReason } from "../../shared/close-reason.ts";
import type { RoomlineError } from "../../shared/errors.ts";
import type { RoomImage } from "../../shared/gen/roomline/room/v1/image_pb.ts";
import type { Watching } from "../feed/catalogue.ts";
import type {
  JoinRequest,
  RoomInbox,
  RoomInput,
  SeatClaim,
  SeatDesk,
  SeatError,
} from "../feed/inbox.ts";
import { sealImage } from "../room/image/seal.ts";
import { LiveRoom, type LiveRoomParts } from "../room/live-room.ts";
import type { CommitsSince } from "../room/room-tables.ts";
import type { Reservation } from "../room/members/reservation.ts";
import type { LoadReason } from "../room/room-api.ts";
import type { RoomRecorder } from "./room-recorder.ts";

/** Hears of the recording of a room. */
interface RecordedRoomTold {
  /** It is about to begin. */
  onBegun(): void;
  /** A player has a seat from now on, or has it no more. */
  onSeat(playerId: string, there: boolean): void;
  /** This instance of the room is over. */
  onOver(): void;
}

/**
 * A room that is recorded: the same, but that each call into it is written down before it is made. Its clock and its random numbers are the
 * recorder's, so that it can be run again.
 */
export class RecordedRoom extends LiveRoom {
  readonly #recorder: RoomRecorder;
  readonly #inbox: RoomInbox;

  readonly #told: RecordedRoomTold;

  /** Of a recorder of its own. */
  static create(parts: LiveRoomParts, recorder: RoomRecorder, told: RecordedRoomTold): LiveRoom {
    return recorder.within(() => new RecordedRoom(parts, recorder, told));
  }

  private constructor(parts: LiveRoomParts, recorder: RoomRecorder, told: RecordedRoomTold) {
    super(recordedParts(parts, recorder, told));
    this.#recorder = recorder;
    this.#told = told;
    this.#inbox = new RecordedInbox(super.inbox, recorder);
  }

  override get inbox(): RoomInbox {
    return this.#inbox;
  }

  override make(options: unknown): void | Promise<void> {
    const recorder = this.#recorder;
    const made = recorder.within(() => {
      this.#told.onBegun();
      recorder.begin(this, { case: "made", value: { optionsJson: jsonOf(options) } });
      return super.make(options);
    });
    if (made === undefined) return undefined;
    return made.then(() => recorder.note({ case: "opened", value: true }));
  }

  override restore(image: RoomImage, why: LoadReason, since?: CommitsSince): void {
    const recorder = this.#recorder;
    recorder.within(() => {
      const sealed = sealImage(image);
      super.restore(image, why, since);
      // An image alone does not say what it has come to: the recording begins with what it is by now.
      if (since !== undefined && since.state.length > 0) {
        this.#told.onBegun();
        recorder.goOn(this);
        return;
      }
      this.#told.onBegun();
      recorder.begin(this, { case: "restored", value: { image: sealed, why } });
    });
  }

  override handOver(to: LiveRoom): void {
    super.handOver(to);
    if (to instanceof RecordedRoom) to.#recorder.note({ case: "handedOver", value: true });
    this.#over("the room goes on as another instance");
  }

  override putDown(goesOn?: string): void {
    super.putDown(goesOn);
    this.#over("the room was put down");
  }

  override settle(onSettled: () => void): void {
    this.#recorder.standStill();
    super.settle(onSettled);
  }

  override freeze(): void {
    this.#recorder.standStill();
    super.freeze();
  }

  override thaw(): void {
    this.#recorder.within(() => {
      super.thaw();
      this.#recorder.goOn(this);
    });
  }

  override awaitNodes(withinMs: number): void {
    this.#recorder.call({ case: "awaitNodes", value: withinMs }, () => super.awaitNodes(withinMs));
  }

  override moveAway(...[to, at]: Parameters<LiveRoom["moveAway"]>): void {
    super.moveAway(to, at);
    this.#over("the room goes on at another node");
  }

  override discard(reason: RoomlineError): void {
    super.discard(reason);
    this.#over("this instance was let go");
  }

  #over(why: string): void {
    this.#recorder.end(why);
    this.#told.onOver();
  }

  override tick(deltaMs: number): void {
    this.#recorder.step("tick", () => super.tick(deltaMs));
  }

  override runTurn(): void {
    this.#recorder.step("turn", () => super.runTurn());
  }

  override overrun(droppedSteps: number): void {
    this.#recorder.call({ case: "overrun", value: droppedSteps }, () =>
      super.overrun(droppedSteps),
    );
  }

  override drain(withinMs: number): Promise<void> | undefined {
    return this.#recorder.call({ case: "drain", value: withinMs }, () => super.drain(withinMs));
  }

  override reserve(reservation: Reservation): void {
    const { secret, playerId, dueMs } = reservation;
    const value = { secret, playerId, dueUs: dueMs * 1_000 };
    this.#recorder.call({ case: "reserve", value }, () => super.reserve(reservation));
  }

  override release(secret: string): void {
    this.#recorder.call({ case: "release", value: secret }, () => super.release(secret));
  }

  override expel(playerId: string, reason: CloseReason, detail: string): void {
    const expel = (): void => super.expel(playerId, reason, detail);
    // Its own code does so, too: that is no call into it.
    if (this.#recorder.isWithin) expel();
    else
      this.#recorder.call({ case: "expel", value: { playerId, code: reason.code, detail } }, expel);
  }

  override close(reason: CloseReason, detail: string): void {
    const close = (): void => super.close(reason, detail);
    if (this.#recorder.isWithin) close();
    else this.#recorder.call({ case: "close", value: { code: reason.code, detail } }, close);
  }

  override publish(event: string, payload: unknown): number {
    const kind = this.config.contract.events.byName.get(event);
    if (kind === undefined) return super.publish(event, payload);
    const value = { kind: kind.number, payload: kind.encode(payload) };
    return this.#recorder.call({ case: "publish", value }, () => super.publish(event, payload));
  }

  override admit(watching: Watching): true | Promise<true> {
    const { clientId, claims, isOperator } = watching;
    if (isOperator) return super.admit(watching);
    const value = { clientId, claimsJson: jsonOf(claims) };
    return this.#recorder.call({ case: "watch", value }, () => super.admit(watching));
  }
}

/** What is said to a room, and written down. */
class RecordedInbox implements RoomInbox {
  readonly #inbox: RoomInbox;
  readonly #recorder: RoomRecorder;

  constructor(inbox: RoomInbox, recorder: RoomRecorder) {
    this.#inbox = inbox;
    this.#recorder = recorder;
  }

  join(request: JoinRequest, desk: SeatDesk): void {
    const { playerId, sessionId, claims, options, reservation, home = 0 } = request;
    const value = {
      ...{ playerId, sessionId, reservation, home: BigInt(home) },
      ...{ claimsJson: jsonOf(claims), optionsJson: jsonOf(options) },
    };
    this.#recorder.call({ case: "join", value }, () => this.#inbox.join(request, desk));
  }

  adopt(claim: SeatClaim, desk: SeatDesk): void {
    const value = { ...claim, home: BigInt(claim.home) };
    this.#recorder.call({ case: "adopt", value }, () => this.#inbox.adopt(claim, desk));
  }

  letGo(seat: number, errors: readonly SeatError[], leftMs?: number): void {
    this.#recorder.call({ case: "letGo", value: seat }, () =>
      this.#inbox.letGo(seat, errors, leftMs),
    );
  }

  leave(seat: number, reason: CloseReason): void {
    const value = { seat, code: reason.code };
    this.#recorder.call({ case: "leave", value }, () => this.#inbox.leave(seat, reason));
  }

  drop(seat: number): void {
    this.#recorder.call({ case: "drop", value: seat }, () => this.#inbox.drop(seat));
  }

  resume(seat: number): void {
    this.#recorder.call({ case: "resume", value: seat }, () => this.#inbox.resume(seat));
  }

  input(seat: number, input: RoomInput): void {
    // No closure: it is what is called most.
    this.#recorder.beginInput(seat, input);
    try {
      this.#inbox.input(seat, input);
    } finally {
      this.#recorder.endInput();
    }
  }
}

function recordedParts(
  parts: LiveRoomParts,
  recorder: RoomRecorder,
  told: RecordedRoomTold,
): LiveRoomParts {
  const { clock, random } = recorder;
  return {
    ...parts,
    clock,
    random,
    createdWallMs: parts.createdWallMs ?? Math.round(clock.wallNow()),
    onCommitted: (room, commit) => {
      recorder.commit(room, commit);
      parts.onCommitted?.(room, commit);
    },
    onSeat: (roomId, player, there) => {
      told.onSeat(player.id, there);
      parts.onSeat?.(roomId, player, there);
    },
    onClosed: (room, reason, detail) => {
      recorder.end(`closed: ${reason.name}`);
      told.onOver();
      parts.onClosed(room, reason, detail);
    },
  };
}

/** JSON, or empty for undefined. */
function jsonOf(value: unknown): string {
  return value === undefined ? "" : JSON.stringify(value);
}
