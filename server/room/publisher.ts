import type { Clock } from "../../shared/clock.ts";
import { encodeEventBody } from "../../shared/codec/server-frame.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { Kind } from "../../shared/contract/contract-table.ts";
import type { WireWriter } from "../../shared/wire/wire-writer.ts";
import type { Counters } from "../observe/counters.ts";
import type { Audience } from "../feed/audience.ts";
import { EphemeralRing } from "../feed/ephemeral-ring.ts";
import type { RoomTypeConfig } from "./config.ts";
import { RoomLog } from "../feed/log.ts";
import type { RoomSeat } from "./member.ts";
import type { Player, PublishOptions } from "./room-api.ts";

/** What a publisher is made of. */
export interface PublisherParts {
  readonly config: RoomTypeConfig;
  readonly clock: Clock;
  readonly counters: Counters;
  /** Scratch space, shared by all rooms of a process. */
  readonly writer: WireWriter;
  readonly seats: ReadonlyMap<string, RoomSeat>;
}

/** Encodes what a room publishes, once, and puts it into the room's log or among its ephemerals (rules RL-1, RL-8). */
export class Publisher {
  readonly log: RoomLog;
  readonly ephemerals: EphemeralRing;
  readonly #parts: PublisherParts;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
    this.log = new RoomLog(parts.config.log);
    this.ephemerals = new EphemeralRing(parts.config.ephemeralRingMax);
  }

  /** Returns the cursor of the event; 0 for an ephemeral one. */
  publish(kindName: string, payload: unknown, options: PublishOptions): number {
    const { config, clock, counters, writer } = this.#parts;
    const kind = config.contract.events.byName.get(kindName);
    if (kind === undefined) {
      throw new RoomlineError(
        "invalid-use",
        `The contract of room type "${config.type}" has no event "${kindName}".`,
      );
    }
    const ephemeral = options.ephemeral === true;
    const cursor = ephemeral ? 0 : this.log.head + 1;
    const audience = this.#audience(options);
    const body = encodeEventBody(writer, {
      cursor,
      kind: kind.number,
      payload: encodePayload(kind, payload),
      sender: options.from?.id ?? "",
      timeMs: Math.floor(clock.wallNow()),
    });
    if (ephemeral) this.ephemerals.append({ body, audience });
    else this.log.append({ cursor, body, audience, atMs: clock.now() });
    counters.eventsPublished++;
    return cursor;
  }

  #audience({ to, except }: PublishOptions): Audience | undefined {
    if (to === undefined && except === undefined) return undefined;
    if (to !== undefined && except !== undefined) {
      throw new RoomlineError("invalid-use", "publish: give either `to` or `except`, not both.");
    }
    const players = to ?? except ?? [];
    const seats = new Set<number>();
    for (const player of isPlayer(players) ? [players] : players) {
      const seat = this.#parts.seats.get(player.id);
      if (seat !== undefined) seats.add(seat.number);
    }
    return { seats, mode: to === undefined ? "except" : "only" };
  }
}

/** What does not encode is the room's mistake, not that of the player whose input it handles. */
function encodePayload(kind: Kind, payload: unknown): Uint8Array {
  try {
    return kind.encode(payload);
  } catch (cause) {
    const { message } = RoomlineError.from(cause);
    throw new RoomlineError("invalid-use", `publish("${kind.name}"): ${message}`, { cause });
  }
}

function isPlayer(value: Player | readonly Player[]): value is Player {
  return "id" in value;
}
