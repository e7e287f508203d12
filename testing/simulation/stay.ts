import type { Contract } from "../../shared/contract/contract.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { GapInfo, Session } from "../../client/session/session-api.ts";
import type { RecordedLife, Recorder } from "./recorder.ts";
import { differenceOf, pictureOf } from "./rows.ts";

/** An input that a player has sent. */
interface SentInput {
  readonly kind: string;
  outcome: "pending" | "done" | "refused";
}

/** What is told of a stay. */
export interface StayUser {
  /** What the room itself has done. */
  readonly recorder: Pick<Recorder, "life" | "handledOf">;
  readonly note: (what: string) => void;
  /** Something is not as it has to be. */
  readonly fault: (what: string) => void;
}

/** Inputs that may be under way before a player waits. */
const pendingMax = 40;

/**
 * A player's stay in the room, from its join to its end: what was sent and seen in it, checked at once or, what takes its time,
 * by {@link Stay.problem}.
 */
export class Stay<C extends Contract> {
  readonly session: Session<C>;
  readonly playerId: string;
  readonly #contract: C;
  readonly #user: StayUser;
  #sent: SentInput[] = [];
  #seen = new Set<number>();
  #gaps: GapInfo[] = [];
  /** Events after this one are for the player. */
  #after: number;
  #epoch: string;
  #last = 0;
  /** Tick of the newest state it was shown. */
  #tick = 0;
  #pause: "none" | "asked" | "done" = "none";
  /** How often it was asked to stand still. */
  #pauses = 0;
  events = 0;
  states = 0;

  constructor(session: Session<C>, contract: C, user: StayUser) {
    this.session = session;
    this.playerId = session.playerId;
    this.#contract = contract;
    this.#user = user;
    ({ cursor: this.#after, epoch: this.#epoch } = session.position);
    for (const kind of Object.keys(contract.events))
      session.on(kind, (_, { cursor }) => this.#onEvent(kind, cursor));
    session.onState(({ tick }) => this.#onState(tick));
    session.onGap((gap) => {
      this.#gaps.push(gap);
      user.note(`events ${gap.from} to ${gap.to} are gone (${gap.reason})`);
    });
    session.onRejoin(({ epoch }) => this.#begin(epoch));
    session.onClose(({ reason }) => user.note(`out of the room (${reason.name})`));
  }

  /** Sends an input, unless too many are under way. Returns whether it did. */
  send(kind: string, payload: unknown, isRequest: boolean): boolean {
    const { session } = this;
    const before = session.pendingInputs;
    if (before >= pendingMax || session.status === "closed") return false;
    const promise: Promise<unknown> = isRequest
      ? session.request(kind as never, payload as never)
      : session.send(kind, payload as never);
    const input: SentInput = { kind, outcome: "pending" };
    // What is refused here is not numbered.
    if (session.pendingInputs > before) this.#sent.push(input);
    promise.then(
      () => (input.outcome = "done"),
      (error: unknown) => {
        const { code, message } = RoomlineError.from(error);
        input.outcome = "refused";
        this.#user.note(`${kind} refused: ${code}: ${message}`);
      },
    );
    return true;
  }

  /** Has the room stand still for this player. Returns whether it was not asked to already. */
  pause(): boolean {
    const { session } = this;
    if (this.#pause !== "none" || session.status === "closed") return false;
    this.#pause = "asked";
    const times = ++this.#pauses;
    const done = (): void => {
      // One of before may be answered only now.
      if (this.#pause === "asked" && times === this.#pauses) this.#pause = "done";
    };
    session.pause().then(done, () => undefined);
    return true;
  }

  /** Lets it go on. Returns whether it stood still. */
  resume(): boolean {
    if (this.#pause === "none") return false;
    this.#pause = "none";
    void this.session.resume().catch(() => undefined);
    return true;
  }

  /** What is not as it has to be when nothing is under way; it may yet become so. */
  problem(life: RecordedLife, untilCursor: number, fromTick: number): string | undefined {
    const { session } = this;
    if (session.status === "closed") return undefined;
    if (session.status !== "active") return `the session is ${session.status}`;
    if (this.#epoch !== life.epoch) return "the session is in an older life of the room";
    return (
      this.#inputProblem(life) ??
      this.#eventProblem(life, untilCursor) ??
      this.#stateProblem(life, fromTick)
    );
  }

  #inputProblem(life: RecordedLife): string | undefined {
    const { pendingInputs } = this.session;
    const pending = this.#sent.findIndex(({ outcome }) => outcome === "pending");
    if (pendingInputs > 0 || pending >= 0)
      return `input ${pending + 1} (${this.#sent[pending]?.kind}) is not answered`;
    const player = life.room.context.players.get(this.playerId);
    if (player === undefined) return "the session is active, and the room knows no such player";
    const handled = new Map(
      this.#user.recorder.handledOf(player).map(({ seq, kind }) => [seq, kind]),
    );
    for (const [index, { kind, outcome }] of this.#sent.entries()) {
      const applied = handled.get(index + 1);
      if (outcome === "done" && applied !== kind)
        return `input ${index + 1} (${kind}) is said to be done, and the room was given ${applied ?? "none"}`;
    }
    return undefined;
  }

  #eventProblem(life: RecordedLife, untilCursor: number): string | undefined {
    const missing = life
      .cursorsFor(this.playerId, this.#after, untilCursor)
      .find(
        (cursor) =>
          !this.#seen.has(cursor) &&
          !this.#gaps.some(
            ({ from, to, epoch }) => epoch === this.#epoch && from <= cursor && cursor <= to,
          ),
      );
    if (missing !== undefined) return `event ${missing} was never seen`;
    const strange = life.notFor(this.playerId, this.#seen);
    return strange === undefined
      ? undefined
      : `event ${strange} was seen, and is not for this player`;
  }

  #stateProblem(life: RecordedLife, fromTick: number): string | undefined {
    if (Object.keys(this.#contract.state).length === 0) return undefined;
    const newest = life.picture(life.tick);
    // While the room goes on, what is on its way is missing here: each state is compared as it comes.
    if (newest === undefined || this.#tick >= fromTick) return undefined;
    return differenceOf(this.#contract, pictureOf(this.#contract, this.session.state), newest);
  }

  #onEvent(kind: string, cursor: number): void {
    this.events++;
    this.#checkPause(`event ${cursor} (${kind})`);
    // Outside the log.
    if (cursor === 0) return;
    if (this.#seen.has(cursor)) this.#user.fault(`event ${cursor} (${kind}) came twice`);
    else if (cursor < this.#last)
      this.#user.fault(`event ${cursor} (${kind}) came after event ${this.#last}`);
    this.#seen.add(cursor);
    this.#last = cursor;
  }

  /** Nothing comes to a session that stands still. */
  #checkPause(what: string): void {
    if (this.#pause === "done") this.#user.fault(`${what} came while the session was paused`);
  }

  #onState(tick: number): void {
    this.#tick = tick;
    this.#checkPause(`the state of tick ${tick}`);
    const { life } = this.#user.recorder;
    if (life?.epoch !== this.session.position.epoch) return;
    const picture = life.picture(tick);
    if (picture === undefined) return;
    this.states++;
    const difference = differenceOf(
      this.#contract,
      pictureOf(this.#contract, this.session.state),
      picture,
    );
    if (difference !== undefined)
      this.#user.fault(`after the state of tick ${tick}, ${difference}`);
  }

  /** The seat was lost, and is taken anew. */
  #begin(epoch: string): void {
    this.#user.note("has a new seat");
    this.#sent = [];
    this.#seen = new Set();
    this.#gaps = [];
    this.#last = 0;
    this.#tick = 0;
    this.#epoch = epoch;
    this.#after = this.session.position.cursor;
  }
}
