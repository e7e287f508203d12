import { RoomlineError, type EventInfo, type GapInfo, type Session } from "roomline/client";
import type { chat } from "../../contract.ts";
import { counted } from "./counted.ts";
import { RoomLog } from "./room-log.ts";
import { Typists } from "./typists.ts";

/** Somebody who has a seat in the room. */
export interface Member {
  readonly id: string;
  readonly name: string;
  readonly online: boolean;
}

/** What came of catching up with a room. */
export interface CaughtUp {
  readonly messages: number;
  /** Events that the room no longer had. */
  readonly gone: number;
  /** The room is no longer the one that was lost: nobody knows what was said in between. */
  readonly beganAnew: boolean;
}

/** Whom a chat room reports to. */
export interface ChatRoomParts {
  readonly session: Session<typeof chat>;
  /** The name that was asked for. */
  readonly name: string;
  /** The time by the server's clock. */
  readonly nowMs: () => number;
  readonly onChange: () => void;
  /** The room has been replayed after a cut. */
  readonly onCaughtUp: (caughtUp: CaughtUp) => void;
}

/** Why a room sends what was said earlier. */
type Replay = "history" | "cut" | "pause";

/** One room as the page shows it: what its session tells, brought into a log, a list of members and who types. */
export class ChatRoom {
  readonly id: string;
  readonly log = new RoomLog();
  readonly typists: Typists;
  /** Somebody looks at the end of the log right now; the view says so. */
  isSeen = false;
  readonly #session: Session<typeof chat>;
  readonly #parts: ChatRoomParts;
  #replay: Replay = "history";
  #replayed = 0;
  #gone = 0;
  #beganAnew = false;
  #isPaused = false;
  #said = 0;
  #shown = { epoch: "", cursor: 0 };

  constructor(parts: ChatRoomParts) {
    const { session, onChange } = parts;
    this.id = session.roomId;
    this.#session = session;
    this.#parts = parts;
    this.typists = new Typists(onChange);
    session.on("said", (event, info) => this.#onSaid(event, info));
    session.on("typing", ({ name }, { sender }) => this.typists.add(sender, name));
    session.on("joined", ({ name }, info) => this.#onEvent(`${name} joined`, info));
    session.on("left", ({ name }, info) => this.#onEvent(`${name} left`, info));
    session.onGap((gap) => this.#onGap(gap));
    session.onBacklogEnd(() => this.#onBacklogEnd());
    session.onRejoin(() => this.#remark("Your seat was gone. You have a new one."));
    session.onStatus((status) => {
      if (status === "detached") this.#replay = "cut";
      else if (status === "paused") this.#replay = "pause";
      onChange();
    });
    this.#watchMembers();
  }

  get status(): Session["status"] {
    return this.#session.status;
  }

  get playerId(): string {
    return this.#session.playerId;
  }

  /** What we are called here; until the room has said so, what we wanted to be called. */
  get myName(): string {
    return this.#session.state.members.get(this.playerId)?.name ?? this.#parts.name;
  }

  /** The members by name, those who are online first. */
  get members(): readonly Member[] {
    const members = [...this.#session.state.members].map(([id, member]) => ({ id, ...member }));
    return members.sort(
      (a, b) => Number(b.online) - Number(a.online) || a.name.localeCompare(b.name),
    );
  }

  /** Says it. Without a connection it is said when there is one. */
  say(text: string): void {
    const n = ++this.#said;
    this.log.send(n, text, this.#parts.nowMs());
    this.#session.send("say", { text, n }).then(
      () => this.#settle(n, "sent"),
      (error: unknown) => this.#settle(n, "failed", RoomlineError.from(error).message),
    );
    this.#parts.onChange();
  }

  /** Says again what could not be said. */
  sayAgain(n: number): void {
    const failed = this.log.pending.find((pending) => pending.n === n);
    this.log.discard(n);
    if (failed !== undefined) this.say(failed.text);
  }

  /** Tells the others that we write. */
  type(): void {
    if (this.status === "active")
      this.#session.send("typing", {}, { ephemeral: true }).catch(() => undefined);
  }

  /** Rejects with the error of the room, such as that somebody has the name. */
  async rename(name: string): Promise<void> {
    await this.#session.request("rename", { name });
  }

  /** The room stands still for us; what is said waits. */
  pause(): void {
    this.#isPaused = true;
    this.#session.pause().catch(() => undefined);
  }

  resume(): void {
    // What was asked for counts, not what has become of it so far: a pause may still be on its way.
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#session.resume().catch(() => undefined);
  }

  /** The view shows the end of the log. */
  see(): void {
    if (this.log.unread === 0) return;
    this.log.read();
    this.#parts.onChange();
  }

  async leave(): Promise<void> {
    this.typists.clear();
    await this.#session.leave();
  }

  #settle(n: number, status: "sent" | "failed", reason?: string): void {
    this.log.settle(n, status, reason);
    this.#parts.onChange();
  }

  #onSaid(event: { name: string; text: string; n?: number | undefined }, info: EventInfo): void {
    if (this.#isShown(info)) return;
    const { sender, timeMs, replayed, cursor } = info;
    const { name, text, n } = event;
    const key = `${this.#shown.epoch} ${cursor}`;
    const message = { type: "said", key, sender, name, text, timeMs } as const;
    this.typists.remove(sender);
    if (sender === this.playerId) this.log.saidBack(message, n);
    else if (replayed && this.#replay === "history") this.log.said(message, true);
    else {
      if (replayed && this.#replayed++ === 0) this.log.markNew(key);
      this.log.said(message, this.isSeen);
    }
    this.#parts.onChange();
  }

  /** A seat taken anew brings history with it, of which we may have shown some. */
  #isShown({ cursor }: EventInfo): boolean {
    const { epoch } = this.#session.position;
    if (epoch === this.#shown.epoch && cursor <= this.#shown.cursor) return true;
    this.#shown = { epoch, cursor };
    return false;
  }

  #onEvent(text: string, info: EventInfo): void {
    if (this.#isShown(info) || (info.replayed && this.#replay === "history")) return;
    this.log.remark(text, info.timeMs);
    this.#parts.onChange();
  }

  #onGap({ from, to, reason }: GapInfo): void {
    // On the first join it only says that the room is older than its history.
    if (this.#replay === "history") return;
    const begunAnew = reason === "epoch-changed";
    if (begunAnew) this.#beganAnew = true;
    else this.#gone += to - from + 1;
    const text = begunAnew
      ? "The room has begun anew. What was said in between is gone."
      : `${counted(to - from + 1, "event")} can no longer be had: the room does not keep them for so long.`;
    this.#remark(text, true);
  }

  #onBacklogEnd(): void {
    const caughtUp = {
      messages: this.#replayed,
      gone: this.#gone,
      beganAnew: this.#beganAnew,
    };
    const replay = this.#replay;
    this.#replayed = 0;
    this.#gone = 0;
    this.#beganAnew = false;
    this.#replay = "cut";
    if (replay === "cut") this.#parts.onCaughtUp(caughtUp);
    else if (replay === "pause" && caughtUp.messages > 0)
      this.#remark(`${counted(caughtUp.messages, "message")} waited here while you were away.`);
    this.#parts.onChange();
  }

  #watchMembers(): void {
    const { members } = this.#session.state;
    const names = new Map<string, string>();
    members.onAdd(({ name }, id) => names.set(id, name));
    members.onRemove((_member, id) => names.delete(id));
    members.onChange(({ name }, id) => {
      const before = names.get(id);
      names.set(id, name);
      if (before !== undefined && before !== name) this.#remark(`${before} is now ${name}`);
    });
    this.#session.onState(this.#parts.onChange);
  }

  #remark(text: string, isWarning = false): void {
    this.log.remark(text, this.#parts.nowMs(), isWarning);
    this.#parts.onChange();
  }
}
