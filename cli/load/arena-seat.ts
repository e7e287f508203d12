import type { Client, Session } from "roomline/client";
import { arena } from "../../examples/arena/contract.ts";
import { judgeInputs, type Findings } from "./checks/findings.ts";
import type { Tables } from "./checks/tables.ts";
import { SequenceCheck } from "./checks/sequence-check.ts";
import type { SeatRecord } from "./seat-record.ts";
import type { RoomRecord, Seat } from "./seat.ts";

export interface SeatParts {
  readonly client: Client;
  readonly room: RoomRecord;
  readonly record: SeatRecord;
  /** 0 to 1: players do not all do the same at once. */
  readonly phase: number;
}

/** Takes a seat in an arena. */
export async function joinArena(parts: SeatParts): Promise<Seat> {
  const { client, room } = parts;
  const session = await client.join(arena, {
    roomType: "arena",
    roomId: room.id,
    mode: "join-or-create",
    options: { maxPlayers: room.maxPlayers },
    rejoin: false,
  });
  return new ArenaSeat(session, parts);
}

/**
 * Steers a ship in circles. Events are numbered by the room, and its state says how many there were; inputs are numbered
 * here, and the ship's row says how many were applied and which was the last. What is acknowledged has to be in the row (rule
 * IN-2), so a change of it that is left out shows at once, though the next one would hide it.
 */
class ArenaSeat implements Seat {
  readonly session: Session<typeof arena>;
  readonly tables: Tables;
  readonly record: SeatRecord;
  readonly #room: RoomRecord;
  readonly #events = new SequenceCheck();
  #angle: number;
  #lastApplied = 0;
  #wentBack = 0;
  #notShown = 0;

  constructor(session: Session<typeof arena>, { room, record, phase }: SeatParts) {
    this.session = session;
    this.tables = session.state;
    this.record = record;
    this.#room = room;
    this.#angle = phase * 2 * Math.PI;
    session.on("scored", ({ number }) => this.#onScored(number));
    session.onState(() => this.#onState());
  }

  send(nowMs: number): boolean {
    this.#angle += 0.1;
    return this.#steer(Math.cos(this.#angle), Math.sin(this.#angle), nowMs);
  }

  sendLast(nowMs: number): void {
    this.#steer(0, 0, nowMs);
  }

  isSettled(): boolean {
    const applied = this.#row?.inputsApplied ?? 0;
    return applied >= this.record.sent && this.#events.lostUpTo(this.#room.published) === 0;
  }

  findings(): Findings {
    const { sent, delivered } = this.record;
    const applied = this.#row?.inputsApplied ?? 0;
    const { duplicated, outOfOrder } = this.#events;
    const wentBack = this.#wentBack;
    return {
      delivered,
      lost: this.#events.lostUpTo(this.#room.published),
      duplicated,
      outOfOrder,
      inputsSent: sent,
      inputsApplied: applied,
      inputsNotShown: this.#notShown,
      ...judgeInputs({ sent, applied, lastApplied: this.#lastApplied, wentBack }),
    };
  }

  get #row() {
    return this.session.state.players.get(this.session.playerId);
  }

  #steer(dx: number, dy: number, nowMs: number): boolean {
    const { session, record } = this;
    if (session.status === "closed") return false;
    const before = session.pendingInputs;
    const number = record.sent + 1;
    session.send("steer", { dx, dy, clientSeq: number }).then(
      () => this.#onAcknowledged(number),
      // Whoever watches the session hears of its end.
      () => undefined,
    );
    // A session that has too many under way refuses, and then the number is still free.
    if (session.pendingInputs === before) return false;
    record.noteSent(nowMs);
    return true;
  }

  /** A paused session is told that its inputs are applied, and not shown it. */
  #onAcknowledged(number: number): void {
    if (this.session.status !== "active") return;
    if ((this.#row?.lastClientSeq ?? 0) < number) this.#notShown++;
  }

  #onScored(number: number): void {
    this.record.delivered++;
    // Events from before the first that came here went to others.
    this.#events.beginAfter(number - 1);
    this.#events.see(number);
    if (number > this.#room.published) this.#room.published = number;
  }

  #onState(): void {
    this.record.noteUpdate();
    const published = this.session.state.match.get("match")?.eventsPublished ?? 0;
    if (published > this.#room.published) this.#room.published = published;
    // The events of a tick come before its state (rule ST-5), so what this one counts is not to be expected any more.
    if (!this.#events.hasBegun) this.#events.beginAfter(published);
    const lastApplied = this.#row?.lastClientSeq ?? 0;
    if (lastApplied === this.#lastApplied) return;
    if (lastApplied < this.#lastApplied) this.#wentBack++;
    else this.record.noteSeen(this.#lastApplied, lastApplied);
    this.#lastApplied = lastApplied;
  }
}
