import type { Session } from "roomline/client";
import { chat } from "../../examples/chat/contract.ts";
import type { SeatParts } from "./arena-seat.ts";
import type { Findings } from "./checks/findings.ts";
import { SequenceCheck } from "./checks/sequence-check.ts";
import type { Tables } from "./checks/tables.ts";
import type { SeatRecord } from "./seat-record.ts";
import type { RoomRecord, Seat } from "./seat.ts";

const text = "The quick brown fox jumps over the lazy dog, and the dog does not mind.";

/** Takes a seat in a chat room. */
export async function joinChat(parts: SeatParts): Promise<Seat> {
  const { client, room } = parts;
  const session = await client.join(chat, {
    roomType: "chat",
    roomId: room.id,
    mode: "join-or-create",
    options: { maxPlayers: room.maxPlayers },
    rejoin: false,
  });
  return new ChatSeat(session, parts);
}

/** Talks, and hears from each member of the room its messages 1, 2, 3 ... as that member numbered them. */
class ChatSeat implements Seat {
  readonly session: Session<typeof chat>;
  readonly tables: Tables;
  readonly record: SeatRecord;
  readonly #room: RoomRecord;
  readonly #bySender = new Map<string, SequenceCheck>();
  readonly #own: SequenceCheck;
  readonly #joined = new Set<string>();
  #joinedAgain = 0;

  constructor(session: Session<typeof chat>, { room, record }: SeatParts) {
    this.session = session;
    this.tables = session.state;
    this.record = record;
    this.#room = room;
    this.#own = this.#checkOf(session.playerId);
    session.on("said", ({ n }, { sender }) => this.#onSaid(sender, n ?? 0));
    session.on("joined", ({ name: joiner }) => this.#onJoined(joiner));
    session.onState(() => record.noteUpdate());
  }

  send(nowMs: number): boolean {
    const { session, record } = this;
    if (session.status === "closed") return false;
    const before = session.pendingInputs;
    void session.send("say", { text, n: record.sent + 1 });
    // A session that has too many under way refuses, and then the number is still free.
    if (session.pendingInputs === before) return false;
    record.noteSent(nowMs);
    this.#room.published++;
    return true;
  }

  /** Nothing moves by itself in a chat room. */
  sendLast(): void {}

  isSettled(): boolean {
    return this.record.delivered >= this.#room.published && this.#lost() === 0;
  }

  findings(): Findings {
    const { sent, delivered } = this.record;
    let duplicated = this.#joinedAgain;
    let outOfOrder = 0;
    for (const check of this.#bySender.values()) {
      duplicated += check.duplicated;
      outOfOrder += check.outOfOrder;
    }
    return {
      delivered,
      lost: this.#lost(),
      duplicated,
      outOfOrder,
      inputsSent: sent,
      inputsApplied: this.#own.distinct + this.#own.duplicated,
      // What is said changes no state.
      inputsNotShown: 0,
      inputsLost: this.#own.lostUpTo(sent),
      inputsDuplicated: this.#own.duplicated,
      inputsOutOfOrder: this.#own.outOfOrder,
    };
  }

  #lost(): number {
    let lost = 0;
    for (const { session, record } of this.#room.seats)
      lost += this.#checkOf(session.playerId).lostUpTo(record.sent);
    return lost;
  }

  #checkOf(sender: string): SequenceCheck {
    let check = this.#bySender.get(sender);
    if (check === undefined) {
      check = new SequenceCheck();
      this.#bySender.set(sender, check);
    }
    return check;
  }

  /** Each member comes once. */
  #onJoined(name: string): void {
    if (this.#joined.has(name)) this.#joinedAgain++;
    this.#joined.add(name);
  }

  #onSaid(sender: string, n: number): void {
    this.record.delivered++;
    const check = this.#checkOf(sender);
    const before = check.last;
    check.see(n);
    if (check === this.#own && n > before) this.record.noteSeen(before, n);
  }
}
