import type { RoomStanding, RoomSummary } from "../feed/catalogue.ts";
import type { RoomTypeConfig } from "../room/config.ts";
import { dueInMs } from "../room/image/pass-time.ts";
import type { RoomImage } from "../../shared/gen/roomline/room/v1/image_pb.ts";
import type { LiveRoom } from "../room/live-room.ts";
import type { ListedRoom } from "./directory.ts";

/** What is known of a room while it sleeps. Plain data. */
export interface SleepingFacts {
  readonly standing: RoomStanding;
  readonly listed: boolean;
  readonly metadataJson: string;
  readonly matchKey: string;
  /** As whom its maker counts; undefined: nobody. */
  readonly maker?: string | undefined;
}

interface SleepingRoomParts {
  readonly facts: SleepingFacts;
  readonly config: RoomTypeConfig;
  /** When its image was taken, on the monotonic clock; before the start of the server perhaps. */
  readonly sinceMs: number;
  /** When something is due in it; undefined: nothing is. */
  readonly dueMs: number | undefined;
  /** What it has told last may be missing in its image: it goes on in another life (rule DU-3). */
  readonly mayLackTail: boolean;
}

/** A room that sleeps: its image is in the store, and this is all of it that is in memory. */
export class SleepingRoom implements ListedRoom {
  /** How many are about to have a seat held in it. */
  waiting = 0;
  /** Its place among the rooms of all nodes. */
  ordinal: number | undefined;
  readonly #parts: SleepingRoomParts;

  constructor(parts: SleepingRoomParts) {
    this.#parts = parts;
  }

  /** The room, of which this is the image. `nowMs`: when it was taken, on the monotonic clock. */
  static of(room: LiveRoom, image: RoomImage, nowMs: number): SleepingRoom {
    const { listed, metadataJson } = room.list();
    const standing = { ...room.standing(), watchers: 0, asleep: true };
    const { matchKey = "", maker } = image.host ?? {};
    const leftMs = dueInMs(image);
    const sleeping = new SleepingRoom({
      facts: { standing, listed, metadataJson, matchKey, maker },
      config: room.config,
      sinceMs: nowMs,
      dueMs: leftMs === undefined ? undefined : nowMs + leftMs,
      mayLackTail: false,
    });
    sleeping.ordinal = room.ordinal;
    return sleeping;
  }

  get roomId(): string {
    return this.#parts.facts.standing.roomId;
  }

  get roomType(): string {
    return this.#parts.facts.standing.roomType;
  }

  get config(): RoomTypeConfig {
    return this.#parts.config;
  }

  get facts(): SleepingFacts {
    return this.#parts.facts;
  }

  get sinceMs(): number {
    return this.#parts.sinceMs;
  }

  get dueMs(): number | undefined {
    return this.#parts.dueMs;
  }

  get mayLackTail(): boolean {
    return this.#parts.mayLackTail;
  }

  get maker(): string | undefined {
    return this.#parts.facts.maker;
  }

  /** Seats that are kept. */
  get playerCount(): number {
    return this.#parts.facts.standing.players;
  }

  /** When it was first made, since the Unix epoch. */
  get createdWallMs(): number {
    return this.#parts.facts.standing.createdAtMs;
  }

  /** What operators see of it. */
  standing(): RoomStanding {
    return this.#parts.facts.standing;
  }

  /** What anybody may know of it. */
  list(): RoomSummary {
    const { standing, listed, metadataJson } = this.#parts.facts;
    const { roomId, roomType, players, playersMax, locked, createdAtMs } = standing;
    return {
      ...{ roomId, roomType, listed, players, playersMax, reserved: 0, locked },
      ...{ metadataJson, createdAtMs, asleep: true },
    };
  }
}
