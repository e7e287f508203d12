import { setTimeout as sleep } from "node:timers/promises";
import { RoomlineError } from "../../shared/errors.ts";
import type { Client, Session } from "../../client/index.ts";
import { tally } from "./contract.ts";
import type { Findings } from "./findings.ts";
import { Numbering } from "./numbering.ts";

/** To have everything acknowledged that was sent, once all troubles are over. */
const patienceMs = 60_000;
const lookMs = 20;

/** A seat in a room of the soak, and what its player has to see from it. */
export class Seat {
  readonly roomId: string;
  readonly session: Session<typeof tally>;
  readonly #findings: Findings;
  readonly #events: Numbering;
  #sent = 0;
  /** The last that was said to be done, by the room there is now. */
  #done = 0;
  #pausesMade = 0;
  /** Pauses that are not over: of those asked for, the server may have heard or not. */
  #pausing = 0;
  #isLeaving = false;
  /** Set before the server is told to end this seat. */
  mayBeKicked = false;

  private constructor(session: Session<typeof tally>, roomId: string, findings: Findings) {
    this.session = session;
    this.roomId = roomId;
    this.#findings = findings;
    this.#events = new Numbering({ fault: (what, how) => this.#fault(what, how) });
    session.on("said", ({ number }, { cursor }) => {
      findings.counts.events++;
      this.#events.see(cursor, number);
    });
    session.onGap((gap) => {
      findings.counts.gaps++;
      this.#events.told(gap);
      if (gap.reason === "epoch-changed") this.#done = 0;
    });
    session.onRejoin(() => {
      this.#events.startAnew();
      this.#done = 0;
    });
    // Of handlers that throw: whoever sent the input is told by its promise as well.
    session.onError(({ code, message }) => {
      if (code !== "internal") this.#fault(`the server reported ${code}`, message);
    });
    session.onClose(({ reason, detail }) => {
      if (this.#isLeaving || (this.mayBeKicked && reason.name === "kicked")) return;
      this.#fault(`a seat ended by ${reason.name}`, detail);
    });
  }

  static async take(client: Client, roomId: string, findings: Findings): Promise<Seat> {
    const roomType = roomId.startsWith("ticked") ? "ticked" : "event";
    const session = await client.join(tally, { roomType, roomId });
    findings.counts.joins++;
    return new Seat(session, roomId, findings);
  }

  /** Whether the seat has not ended. */
  get isHeld(): boolean {
    return this.session.status !== "closed";
  }

  /** Says something that is heard by all. */
  say(text: string | undefined): void {
    const { session } = this;
    this.#number(async (n) => {
      const isSteady = this.#steadiness();
      await session.send("say", { n, ...(text !== undefined && { text }) });
      this.#isDone(n, isSteady());
    });
  }

  /** Asks something that is answered. */
  ask(): void {
    const { session } = this;
    this.#number(async (n) => {
      const isSteady = this.#steadiness();
      const answer = await session.request("ask", { n });
      this.#findings.counts.answers++;
      if (answer.n !== n * 2) this.#fault("a wrong answer", `${answer.n} to ${n}`);
      this.#isDone(n, isSteady());
      const { last } = this.#events;
      if (isSteady() && last > 0 && last < answer.published)
        this.#fault("answered before what was published came", `${last} of ${answer.published}`);
    });
  }

  async pause(forMs: number): Promise<void> {
    this.#pausesMade++;
    this.#pausing++;
    await this.session.pause({ mode: "buffer" }).catch(ended);
    await sleep(forMs);
    await this.session.resume().catch(ended);
    this.#pausing--;
  }

  setRate(rateHz: number): void {
    this.session.setRate(rateHz).catch(ended);
  }

  /** Waits until all that was sent is done, looks whether the room says the same, and leaves. */
  async leave(): Promise<void> {
    if (this.isHeld) await this.#settle();
    this.#isLeaving = true;
    this.#findings.counts.leaves++;
    await this.session.leave().catch(ended);
  }

  async #settle(): Promise<void> {
    const { session } = this;
    const untilMs = performance.now() + patienceMs;
    void session.resume().catch(ended);
    const isSettled = () => session.status === "active" && session.pendingInputs === 0;
    // A seat that is sent less often sees later what it did.
    const isShown = () => (this.#row?.last ?? 0) >= this.#done;
    while (this.isHeld && !(isSettled() && isShown()) && performance.now() < untilMs)
      await sleep(lookMs);
    if (!this.isHeld) return;
    if (!isSettled())
      this.#fault("not settled", `${session.status}, ${session.pendingInputs} under way`);
    const { last, outOfTurn } = this.#row ?? { last: 0, outOfTurn: 0 };
    if (last < this.#done) this.#fault("an input lost", `${last} of ${this.#done}`);
    if (outOfTurn > 0) this.#fault("inputs doubled or out of order", `${outOfTurn} times`);
  }

  get #row() {
    const { session } = this;
    return session.state.players.get(session.playerId);
  }

  #number(send: (n: number) => Promise<unknown>): void {
    const { session } = this;
    if (!this.isHeld) return;
    const before = session.pendingInputs;
    const n = this.#sent + 1;
    const sending = send(n);
    // A session that has too many under way refuses, and then the number is still free.
    if (session.pendingInputs > before) {
      this.#sent = n;
      this.#findings.counts.inputs++;
    }
    sending.catch((error: unknown) => this.#refused(error));
  }

  /** What is said to be done can be seen (rule IN-2), but by a seat that is paused. */
  #isDone(n: number, isSteady: boolean): void {
    this.#done = n;
    if (!isSteady) return;
    const last = this.#row?.last ?? 0;
    if (last < n) this.#fault("acknowledged before it is to be seen", `${n}, and ${last} is`);
  }

  /** Whether, from now to when it is asked, this seat was there, and wanted its state. */
  #steadiness(): () => boolean {
    const { session } = this;
    const [pauses, { epoch }] = [this.#pausesMade, session.position];
    const wasWanted = this.#pausing === 0;
    return () =>
      wasWanted &&
      session.status === "active" &&
      pauses === this.#pausesMade &&
      epoch === session.position.epoch &&
      // With a seat that was ended, its row has gone.
      !this.mayBeKicked;
  }

  #refused(error: unknown): void {
    this.#findings.counts.refused++;
    const { code } = RoomlineError.from(error);
    if (!mayBeRefusedWith.has(code)) this.#fault(`an input refused with ${code}`, String(error));
  }

  #fault(what: string, how: string): void {
    this.#findings.fault(what, `${this.session.playerId} in ${this.roomId}: ${how}`);
  }
}

/** Of a full session, of a seat that has ended, of a server that was restarted, of a handler that throws. */
const mayBeRefusedWith: ReadonlySet<string> = new Set([
  "too-many-unacked-inputs",
  "session-closed",
  "session-gone",
  "internal",
]);

/** A seat that has ended cannot be paused, and need not be left. */
function ended(): void {}
