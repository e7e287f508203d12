import {
  adrift,
  newShip,
  stepShip,
  type Ship,
  type Steering,
} from "../../workloads/arena-rules.ts";
import type { ServerPlan } from "../player.ts";
import { headBytes, kind, rowBytes, rowField } from "./protocol.ts";

/** Sends one message; the first `headroomBytes` of the buffer are the transport's to fill. */
export type Send = (message: Buffer) => void;

interface Member {
  readonly id: number;
  readonly send: Send;
  readonly ship: Ship;
  steering: Steering;
}

interface Room {
  readonly members: Set<Member>;
  /** The number of the room, which is also its seat for all its members. */
  readonly seat: number;
}

/** One connection, as the world sees it. */
export interface PlainClient {
  onMessage(message: Buffer): void;
  leave(): void;
}

/**
 * The rooms of the servers without a framework: what a careful author writes by hand for exactly this game. A room's
 * state is encoded once and the same buffer goes to each member. No resume, no backpressure, no limits.
 */
export class PlainWorld {
  readonly #rooms = new Map<string, Room>();
  readonly #plan: ServerPlan;
  readonly #headroomBytes: number;
  readonly #stepMs: number;
  readonly #startMs = performance.now();
  #ticks = 0;
  #joined = 0;

  constructor(headroomBytes: number, plan: ServerPlan) {
    this.#plan = plan;
    this.#headroomBytes = headroomBytes;
    this.#stepMs = 1_000 / plan.hz;
  }

  connect(send: Send): PlainClient {
    const seats: { readonly room: Room; readonly member: Member }[] = [];
    return {
      onMessage: (message) => {
        const seat = message.readUInt8(1);
        if (message[0] === kind.join) {
          seats[seat] = this.#join(message, send);
          return;
        }
        const place = seats[seat];
        if (place === undefined) return;
        if (message[0] === kind.steer) place.member.steering = readSteering(message);
        else this.#broadcast(place.room, message);
      },
      leave: () => {
        for (const { room, member } of seats) room.members.delete(member);
      },
    };
  }

  /** Ticks for ever, at a fixed rate, if there is anything to tick. */
  run(): void {
    if (this.#plan.workload !== "arena") return;
    this.#ticks++;
    for (const room of this.#rooms.values()) if (room.members.size > 0) this.#tick(room);
    const nextMs = this.#startMs + this.#ticks * this.#stepMs;
    setTimeout(() => this.run(), Math.max(0, nextMs - performance.now()));
  }

  #join(message: Buffer, send: Send): { room: Room; member: Member } {
    const seat = message.readUInt8(1);
    const name = message.toString("utf8", headBytes);
    let room = this.#rooms.get(name);
    if (room === undefined) this.#rooms.set(name, (room = { members: new Set(), seat }));
    const id = this.#joined++ & 0xffff;
    const member: Member = { id, send, ship: newShip(id), steering: adrift };
    room.members.add(member);
    const answer = Buffer.alloc(headBytes + 2);
    answer[0] = kind.join;
    answer[1] = seat;
    answer.writeUInt16LE(id, headBytes);
    const framed = this.#buffer(answer.length);
    framed.set(answer, this.#headroomBytes);
    send(framed);
    return { room, member };
  }

  #tick({ members, seat }: Room): void {
    const update = this.#buffer(headBytes + members.size * rowBytes);
    let at = this.#headroomBytes;
    update[at] = kind.steer;
    update[at + 1] = seat;
    at += headBytes;
    for (const { id, ship, steering } of members) {
      stepShip(ship, steering, this.#stepMs);
      update.writeUInt16LE(id, at + rowField.id);
      update.writeFloatLE(ship.x, at + rowField.x);
      update.writeFloatLE(ship.y, at + rowField.y);
      update.writeUInt16LE(ship.hp, at + rowField.hp);
      update.writeUInt16LE(ship.score, at + rowField.score);
      update.writeUInt32LE(ship.seq, at + rowField.seq);
      at += rowBytes;
    }
    for (const { send } of members) send(update);
  }

  #broadcast({ members }: Room, message: Buffer): void {
    const framed = this.#buffer(message.length);
    framed.set(message, this.#headroomBytes);
    for (const { send } of members) send(framed);
  }

  #buffer(messageBytes: number): Buffer {
    return Buffer.allocUnsafe(this.#headroomBytes + messageBytes);
  }
}

function readSteering(message: Buffer): Steering {
  return {
    seq: message.readUInt32LE(headBytes),
    dx: message.readFloatLE(headBytes + 4),
    dy: message.readFloatLE(headBytes + 8),
  };
}
