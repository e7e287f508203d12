import { create, toJson, type MessageInitShape } from "@bufbuild/protobuf";
import { EveryTypeSchema } from "../../gen/roomline/test/v1/every_type_pb.ts";
import { RoomlineError } from "../../../shared/errors.ts";
import type { Session } from "../../../client/index.ts";
import { Numbering } from "../../soak/numbering.ts";
import type { crowdContract, CrowdRoom, Truth } from "./room.ts";

type Kind = "say" | "whisper" | "ask" | "ponder" | "fail";

/** Of a full session, of a seat that has ended, of a handler that throws. */
const mayBeRefusedWith: ReadonlySet<string> = new Set([
  "too-many-unacked-inputs",
  "session-closed",
  "connection-closed",
  "session-gone",
  "internal",
]);

/** A seat in a room of the crowd, and what its player has to see from it. */
export class CrowdSeat {
  readonly session: Session<typeof crowdContract>;
  readonly roomId: string;
  readonly #truth: Truth;
  readonly #events: Numbering;
  /** How many states came. */
  states = 0;
  /** Reasons by which this seat may end, and "mistaken" when the server was made to say something wrong. */
  readonly mayEnd = new Set(["client-closed"]);
  #sent = 0;
  /** What it said of itself: the newest, and the newest that all could see. */
  #presence = 0;
  #shownPresence = 0;
  /** The newest ephemeral of each player. */
  readonly #pointed = new Map<string, number>();
  /** Pauses that are not over. */
  #pausing = 0;
  #pauses = 0;
  /** The server has said so, and was asked nothing else since. */
  #isPaused = false;
  #pauseMode: "buffer" | "skip" = "buffer";
  #hasSkipped = false;
  /** The newest event there was when it went on after a pause that skips, while nothing else has come between. */
  #skipped: { readonly epoch: string; readonly number: number } | undefined;

  constructor(session: Session<typeof crowdContract>, truth: Truth) {
    this.session = session;
    this.roomId = session.roomId;
    this.#truth = truth;
    this.#events = new Numbering({
      fault: (what, how) => this.#fault(`${what}: ${how}`),
      isMine: (cursor) => this.#isMine(cursor),
    });
    session.on("said", ({ number }, { cursor }) => {
      // Whoever skipped what came while it was paused is not told what. And what a mistaken server lost before entries that are for
      // others cannot be noticed.
      if (this.#hasSkipped || (this.mayEnd.has("mistaken") && !this.#isMine(cursor - 1)))
        this.#events.told({ from: 0, to: Infinity, reason: "skipped" });
      this.#events.see(cursor, number);
      const right = truth.published.get(`${session.position.epoch} ${cursor}`);
      if (right !== undefined && right.number !== number) this.#fault(`${number} at ${cursor}`);
      if (!this.#isMine(cursor)) this.#fault(`${cursor} is for somebody else`);
      this.#notPaused("an event");
      const skipped = this.#skipped;
      if (skipped?.epoch === session.position.epoch && number <= skipped.number)
        this.#fault(`event ${number}, which it was to skip`);
    });
    session.on("pointed", ({ by, n }) => {
      if (by === session.playerId) this.#fault("its own ephemeral");
      const before = this.#pointed.get(by) ?? 0;
      if (n <= before && !this.mayEnd.has("mistaken"))
        this.#fault(`ephemeral ${n} of ${by} after ${before}`);
      this.#pointed.set(by, n);
      this.#notPaused("an ephemeral");
    });
    session.onState(() => {
      this.#notPaused("a state");
      this.states++;
    });
    session.onGap((gap) => this.#events.told(gap));
    session.onRejoin(() => this.#events.startAnew());
    session.onClose(({ reason }) => {
      const { playerId, sessionId, position } = session;
      const isSaid =
        (reason.name === "kicked" && truth.ended.has(`${playerId} ${sessionId}`)) ||
        (reason.name === "room-closed" && truth.ended.has(position.epoch));
      if (!isSaid && !this.mayEnd.has(reason.name)) this.#fault(`ended by ${reason.name}`);
    });
    session.onStatus((status) => {
      if (status !== "paused") this.#isPaused = false;
      if (status !== "paused" && status !== "active") this.#skipped = undefined;
    });
  }

  get isHeld(): boolean {
    return this.session.status !== "closed";
  }

  send(kind: Kind): void {
    const { session } = this;
    const before = session.pendingInputs;
    const n = this.#sent + 1;
    const isSteady = this.#steadiness();
    const sending =
      kind === "ask"
        ? session.request("ask", { n }).then((answer) => {
            if (answer.n !== n * 2) this.#fault(`answered ${answer.n} to ${n}`);
            if (isSteady() && this.#events.last > 0 && this.#events.last < answer.number)
              this.#fault(`answered ${answer.number}, and ${this.#events.last} has come`);
          })
        : session.send(kind, { n });
    if (session.pendingInputs > before) this.#sent = n;
    sending.then(
      () => {
        const last = this.#row?.last ?? 0;
        if (isSteady() && last < n) this.#fault(`${n} is done, and ${last} is to be seen`);
      },
      (error: unknown) => {
        const { code } = RoomlineError.from(error);
        if (!mayBeRefusedWith.has(code)) this.#fault(`${kind} refused with ${code}`);
        if (code === "internal" && kind !== "fail") this.#fault(`${kind} failed`);
      },
    );
  }

  point(): void {
    void this.session
      .send("point", { n: ++this.#truth.points }, { ephemeral: true })
      .catch(() => undefined);
  }

  /** Says something of itself. */
  present(): void {
    const n = ++this.#presence;
    this.session.setPresence({ n }).then(
      () => (this.#shownPresence = n),
      (error: unknown) => {
        const { code } = RoomlineError.from(error);
        if (!mayBeRefusedWith.has(code) || code === "internal")
          this.#fault(`a presence refused with ${code}`);
      },
    );
  }

  /** @param isSure whether nothing came between */
  async leave(isSure: () => boolean): Promise<void> {
    const { playerId, sessionId, position } = this.session;
    const isEnded = this.mayEnd.size > 1;
    this.mayEnd.add("left");
    await this.session.leave().catch(() => undefined);
    // It may still be on its way.
    const left = { sent: this.#sent, epoch: position.epoch };
    if (isSure() && !isEnded) this.#truth.left.set(`${playerId} ${sessionId}`, left);
  }

  async pause(mode: "buffer" | "skip"): Promise<void> {
    this.#pausing++;
    const pause = ++this.#pauses;
    this.#isPaused = false;
    this.#pauseMode = mode;
    this.#hasSkipped ||= mode === "skip";
    await this.session.pause({ mode }).catch(() => undefined);
    this.#isPaused = this.session.status === "paused" && pause === this.#pauses;
  }

  async resume(): Promise<void> {
    const room = this.#truth.rooms.get(this.roomId);
    // Across a link, the players' node may not have heard of the newest.
    if (this.#isPaused && this.#pauseMode === "skip" && room !== undefined && !this.#truth.isLinked)
      this.#skipped = { epoch: room.epoch, number: room.data.number };
    this.#isPaused = false;
    this.#pauses++;
    await this.session.resume().catch(() => undefined);
    this.#pausing = Math.max(0, this.#pausing - 1);
  }

  setRate(hz: number): void {
    this.session.setRate(hz).catch(() => undefined);
  }

  /** Looks, when all is quiet, whether this seat has all that is its. */
  check(): void {
    const { session } = this;
    const room = this.#truth.rooms.get(this.roomId);
    if (!this.isHeld) return;
    if (session.status !== "active") this.#fault(`${session.status} in the end`);
    if (room === undefined) return this.#fault("its room is gone");
    if (session.pendingInputs > 0) this.#fault(`${session.pendingInputs} inputs under way`);
    if (session.position.epoch !== room.epoch) return this.#fault("of another epoch");
    if (!room.players.has(session.playerId)) this.#fault("not a player of its room");
    this.#checkMembers(room);
    for (const name of ["members", "board", "things"] as const) {
      const textOf = name === "things" ? textOfThings : textOfRows;
      const seen = textOf(session.state[name]);
      const right = textOf(room.state[name]);
      if (seen !== right) this.#fault(`${name}: ${seen} is seen, and ${right} is`);
    }
    if (this.#hasSkipped) return;
    const { last } = this.#events;
    for (let number = room.data.number; last > 0 && number > last; number--) {
      const cursor = number - this.#events.aheadOfCursor;
      if (this.#isMine(cursor)) return this.#fault(`event ${number} did not come, ${last} did`);
    }
  }

  /** Members are who has a seat, all are connected, and what was said of this one is seen (rules PS). */
  #checkMembers(room: CrowdRoom): void {
    const { members, playerId, state } = this.session;
    const there = [...room.players.keys()].sort().join();
    const shown = [...members.keys()].sort().join();
    if (shown !== there) this.#fault(`${shown} are shown, and ${there} are there`);
    for (const { id, connected } of members.values())
      if (!connected) this.#fault(`${id} is shown to be away`);
    const said = members.get(playerId)?.presence?.n ?? 0;
    if (said < this.#shownPresence)
      this.#fault(`it said ${this.#shownPresence}, and ${said} is shown`);
    if (state.speakers.size > 0) this.#fault("rows that should be gone");
  }

  get #row() {
    return this.session.state.members.get(this.session.playerId);
  }

  #isMine(cursor: number): boolean {
    const { session } = this;
    const entry = this.#truth.published.get(`${session.position.epoch} ${cursor}`);
    return entry === undefined || entry.to === undefined || entry.to === session.playerId;
  }

  #notPaused(what: string): void {
    if (this.#isPaused) this.#fault(`${what} while it is paused`);
  }

  /** Whether, from now to when it is asked, this seat was there, and wanted its state. */
  #steadiness(): () => boolean {
    const { session } = this;
    const [pauses, { epoch }] = [this.#pauses, session.position];
    const wasWanted = this.#pausing === 0;
    return () =>
      wasWanted &&
      session.status === "active" &&
      pauses === this.#pauses &&
      epoch === session.position.epoch &&
      this.mayEnd.size === 1;
  }

  #fault(what: string): void {
    this.#truth.faults.add(`${this.session.playerId} in ${this.roomId}: ${what}`);
  }
}

function textOfThings(table: Iterable<readonly [string, unknown]>): string {
  const asJson = (row: unknown) =>
    toJson(
      EveryTypeSchema,
      create(EveryTypeSchema, row as MessageInitShape<typeof EveryTypeSchema>),
    );
  return textOfRows([...table].map(([key, row]) => [key, asJson(row)]));
}

/** The rows of a table, whatever their order. */
function textOfRows(table: Iterable<readonly [string, unknown]>): string {
  const rows = [...table].sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(rows.map(([key, row]) => [key, sorted(row as object)]));
}

function sorted(row: object): unknown {
  return Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1));
}
