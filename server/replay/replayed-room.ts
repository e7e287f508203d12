import type { RoomlineError } from "../../shared/errors.ts";
import { RoomlineError as RoomlineFault } from "../../shared/errors.ts";
import { closeReasonOf } from "../../shared/close-reason.ts";
import { safeNumber } from "../../shared/codec/safe-number.ts";
import type { RoomImage } from "../../shared/gen/roomline/room/v1/image_pb.ts";
import type {
  Adopt,
  Beginning,
  Happening,
} from "../../shared/gen/roomline/recording/v1/recording_pb.ts";
import { createSeededRandom } from "../../shared/random.ts";
import { WireWriter } from "../../shared/wire/wire-writer.ts";
import type { Commit } from "../feed/commit.ts";
import type { SeatClaim, SeatDesk } from "../feed/inbox.ts";
import { createCounters } from "../observe/counters.ts";
import type { Log } from "../observe/log.ts";
import type { RoomTypeConfig } from "../room/config.ts";
import { openImage } from "../room/image/seal.ts";
import { LiveRoom } from "../room/live-room.ts";
import type { Reservation } from "../room/members/reservation.ts";
import type { ReplayClock } from "./replay-clock.ts";

interface ReplayedRoomParts {
  readonly config: RoomTypeConfig;
  readonly clock: ReplayClock;
  readonly log: Log;
  readonly onCommit: (commit: Commit) => void;
  /** The room tells somebody something: what came into it meanwhile comes now. */
  readonly onTold: () => void;
}

/** A room that is run again: it hears what it heard, and nobody hears it. */
export class ReplayedRoom {
  readonly room: LiveRoom;
  readonly #clock: ReplayClock;
  readonly #onTold: () => void;
  /** The seats that somebody was at when the image was taken that it was picked up from. */
  #attached: readonly number[] = [];
  #making: Promise<void> | undefined;

  constructor(beginning: Beginning, parts: ReplayedRoomParts) {
    const { config, clock, log, onCommit } = parts;
    this.#clock = clock;
    this.#onTold = parts.onTold;
    this.room = new LiveRoom({
      ...{ id: beginning.roomId, epoch: beginning.epoch, term: safeNumber(beginning.term) },
      ...{ config, clock, log },
      createdWallMs: beginning.createdAtMs,
      random: createSeededRandom(beginning.seed),
      counters: createCounters(),
      writer: new WireWriter(),
      requestTurn: () => undefined,
      onChanged: () => undefined,
      onCommitted: (_room, commit) => onCommit(commit),
      restoreReservation: (_room, { secret, playerId }) => reservation(secret, playerId, 0),
      onClosed: () => undefined,
      onFarewell: () => undefined,
    });
  }

  /** As it came about. @throws RoomlineError what `create` or `load` throws */
  begin({ from }: Beginning): void {
    switch (from.case) {
      case "made": {
        const made = this.room.make(jsonOf(from.value.optionsJson));
        if (made !== undefined) this.#making = made;
        // Whoever waits for it hears of it.
        this.#making?.catch(() => undefined);
        break;
      }
      case "restored": {
        const image = openImage(from.value.image);
        this.#restore(image, from.value.why as "moved");
        break;
      }
      case "continued": {
        this.#restore(openImage(from.value.image), "moved");
        this.#attach();
        this.#clock.renumber(from.value.timers, from.value.timersSet);
        break;
      }
      case undefined:
        throw new RoomlineFault(
          "invalid-recording",
          "This recording cannot be run: it does not say how its room came about.",
        );
    }
  }

  /** Resolves when what `create` waits for is done. */
  async opened(): Promise<void> {
    await this.#making;
  }

  /** Tells the room what it heard then. Returns false for what is no call into a room. */
  hear({ what }: Happening, deltaMs: number): boolean {
    const { room } = this;
    const { inbox } = room;
    switch (what.case) {
      case "input": {
        const { seat, seq, kind, payload: bytes, wantsReply } = what.value;
        const input = {
          seq: safeNumber(seq),
          kind,
          bytes,
          start: 0,
          end: bytes.length,
          wantsReply,
        };
        inbox.input(seat, input);
        return true;
      }
      case "tick":
        room.tick(deltaMs);
        return true;
      case "turn":
        room.runTurn();
        return true;
      case "timer":
        this.#clock.fire(what.value);
        return true;
      case "join": {
        const { playerId, sessionId, claimsJson, optionsJson, reservation, home } = what.value;
        inbox.join(
          {
            ...{ playerId, sessionId, reservation, home: safeNumber(home) },
            ...{ claims: jsonOf(claimsJson), options: jsonOf(optionsJson) },
          },
          this.#desk(),
        );
        return true;
      }
      case "adopt":
        inbox.adopt(claimOf(what.value), this.#desk());
        return true;
      case "letGo":
        inbox.letGo(what.value, []);
        return true;
      case "drop":
        inbox.drop(what.value);
        return true;
      case "resume":
        inbox.resume(what.value);
        return true;
      case "leave":
        inbox.leave(what.value.seat, closeReasonOf(what.value.code));
        return true;
      default:
        return this.#hearRare(what);
    }
  }

  #hearRare(what: Happening["what"]): boolean {
    const { room } = this;
    switch (what.case) {
      case "overrun":
        room.overrun(what.value);
        return true;
      case "drain":
        void room.drain(what.value);
        return true;
      case "close":
        room.close(closeReasonOf(what.value.code), what.value.detail);
        return true;
      case "expel":
        room.expel(what.value.playerId, closeReasonOf(what.value.code), what.value.detail);
        return true;
      case "reserve": {
        const { secret, playerId, dueUs } = what.value;
        ignoring(() => room.reserve(reservation(secret, playerId, dueUs / 1_000)));
        return true;
      }
      case "release":
        room.release(what.value);
        return true;
      case "publish": {
        const kind = room.config.contract.events.byNumber[what.value.kind];
        const { payload } = what.value;
        if (kind !== undefined)
          ignoring(() => room.publish(kind.name, kind.decode(payload, 0, payload.length)));
        return true;
      }
      case "watch": {
        const { clientId, claimsJson } = what.value;
        ignoring(() => {
          const answer = room.admit({ clientId, claims: jsonOf(claimsJson), isOperator: false });
          if (answer instanceof Promise) answer.catch(() => undefined);
        });
        return true;
      }
      case "handedOver":
        this.#attach();
        return true;
      case "awaitNodes":
        room.awaitNodes(what.value);
        return true;
      default:
        return false;
    }
  }

  #restore(image: RoomImage, why: "moved" | "recovered" | "reloaded"): void {
    this.room.restore(image, why);
    this.#attached = (image.seats?.seats ?? []).flatMap(({ number, parked }) =>
      parked === undefined ? [number] : [],
    );
  }

  /** Somebody is at the seats again. */
  #attach(): void {
    for (const seat of this.#attached) {
      const desk = this.#desk();
      this.room.feed.openDesk(seat, desk)?.replaced(desk);
    }
    this.#attached = [];
  }

  #desk(): SeatDesk {
    const told = this.#onTold;
    return {
      ...{ acked: 0, seated: told, refused: told, ended: told, replaced: told },
      ...{ reply: told, error: told, onAdvance: nothing, moved: nothing },
    };
  }
}

function reservation(secret: string, playerId: string, dueMs: number): Reservation {
  return { secret, playerId, holder: undefined, dueMs, onOver: nothing };
}

/** What was refused then is refused now, too. */
function ignoring(call: () => void): void {
  try {
    call();
  } catch (thrown) {
    const { code }: RoomlineError = RoomlineFault.from(thrown);
    if (code === "internal") throw thrown;
  }
}

function jsonOf(text: string): unknown {
  return text === "" ? undefined : (JSON.parse(text) as unknown);
}

function nothing(): void {
  // Nobody is at this seat.
}

function claimOf({ playerId, sessionId, home, held }: Adopt): SeatClaim {
  return { playerId, sessionId, home: safeNumber(home), ...(held !== undefined && { held }) };
}
