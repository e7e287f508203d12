import { Part, type Happening } from "../gen/roomline/recording/v1/recording_pb.ts";
import {
  happeningsOf,
  isStep,
  keyframeOf,
  type Recording,
  type TimedHappening,
} from "./recording.ts";

/** What happened in one interval of a recording. */
export interface TimelineRow {
  /** When it begins, in microseconds of the room's clock. */
  readonly atUs: number;
  readonly ticks: number;
  readonly inputs: number;
  readonly events: number;
  /** Of changes of state, as players who are in step were sent them. */
  readonly stateBytes: number;
  /** Most players with a seat. */
  readonly players: number;
  readonly notes: readonly TimelineNote[];
}

/** Something to see in a timeline. */
export interface TimelineNote {
  readonly atUs: number;
  /** `late`: inputs of a player, or what it is sent, were late. */
  readonly kind: "came" | "left" | "away" | "back" | "late" | "room";
  /** Empty: the room. */
  readonly playerId: string;
  /** One line for people. */
  readonly text: string;
}

/** Inputs are late after so long without any, and so many times the usual time between two. */
const silenceUsMin = 150_000;
const silenceTimes = 3;
/** Two inputs as close as this have waited somewhere, for players do not send them so. */
const burstUs = 5_000;

/** Goes through all of a recording, interval by interval. */
export function timelineOf(recording: Recording, intervalUs: number): TimelineRow[] {
  const { startUs, endUs, blocks } = recording;
  const count = Math.max(1, Math.ceil((endUs - startUs + 1) / intervalUs));
  const rows = Array.from({ length: count }, (_, at) => emptyRow(startUs + at * intervalUs));
  const reader = new TimelineReader(recording, (atUs) => {
    const at = Math.min(count - 1, Math.max(0, Math.floor((atUs - startUs) / intervalUs)));
    return rows[at] ?? emptyRow(atUs);
  });
  for (const block of blocks) {
    if (block.part === Part.KEYFRAME) reader.members(keyframeOf(block).members, block.atUs);
    if (block.part !== Part.HAPPENINGS) continue;
    for (const timed of happeningsOf(block)) reader.take(timed);
  }
  return rows;
}

interface OpenRow {
  atUs: number;
  ticks: number;
  inputs: number;
  events: number;
  stateBytes: number;
  players: number;
  notes: TimelineNote[];
}

function emptyRow(atUs: number): OpenRow {
  return { atUs, ticks: 0, inputs: 0, events: 0, stateBytes: 0, players: 0, notes: [] };
}

/** When a player has sent inputs. */
interface InputTimes {
  lastUs: number;
  /** The usual time between two. */
  usualUs: number;
  /** How long there was none before the last one, if that was too long. */
  silentUs: number;
}

class TimelineReader {
  readonly #room: Pick<Recording, "tickRateHz">;
  readonly #rowAt: (atUs: number) => OpenRow;
  readonly #seats = new Map<number, string>();
  readonly #inputs = new Map<number, InputTimes>();

  constructor(room: Pick<Recording, "tickRateHz">, rowAt: (atUs: number) => OpenRow) {
    this.#room = room;
    this.#rowAt = rowAt;
  }

  members(
    members: readonly { readonly seat: number; readonly playerId: string }[],
    atUs: number,
  ): void {
    for (const { seat, playerId } of members) this.#seats.set(seat, playerId);
    this.#countPlayers(this.#rowAt(atUs));
  }

  take({ atUs, happening }: TimedHappening): void {
    const row = this.#rowAt(atUs);
    const { what } = happening;
    if (isStep(happening, this.#room)) row.ticks++;
    this.#countPlayers(row);
    switch (what.case) {
      case "input":
        row.inputs++;
        if (what.value.seq > 0n) this.#input(what.value.seat, atUs, row);
        break;
      case "commit":
        row.events += what.value.entries.length + what.value.ephemerals.length;
        row.stateBytes += what.value.patch?.body.length ?? 0;
        break;
      default:
        this.#note(what, atUs, row);
    }
  }

  #note(what: Happening["what"], atUs: number, row: OpenRow): void {
    const note = (kind: TimelineNote["kind"], playerId: string, text: string): void =>
      void row.notes.push({ atUs, kind, playerId, text });
    switch (what.case) {
      case "seated": {
        const { playerId, seat, there } = what.value;
        if (there) this.#seats.set(seat, playerId);
        else this.#forget(playerId);
        note(there ? "came" : "left", playerId, there ? `${playerId} came` : `${playerId} left`);
        this.#countPlayers(row);
        break;
      }
      case "drop":
      case "resume": {
        const playerId = this.#seats.get(what.value) ?? `seat ${what.value}`;
        const isBack = what.case === "resume";
        this.#inputs.delete(what.value);
        note(
          isBack ? "back" : "away",
          playerId,
          `${playerId} ${isBack ? "is back" : "lost the connection"}`,
        );
        break;
      }
      case "lags":
        for (const { playerId, events, ticks, roundTripMs } of what.value.lags) {
          // Half a second of state, or events that wait.
          if (events === 0 && ticks <= Math.max(10, this.#room.tickRateHz / 2)) continue;
          const trip = roundTripMs > 0 ? `, round trip ${Math.round(roundTripMs)} ms` : "";
          note(
            "late",
            playerId,
            `${playerId} was ${events} events and ${ticks} ticks behind${trip}`,
          );
        }
        break;
      case "overrun":
        note("room", "", `the server was late: ${what.value} ticks were dropped`);
        break;
      case "over":
        note("room", "", what.value);
        break;
      default:
        break;
    }
  }

  /** Inputs that come all at once after a silence were under way for as long. */
  #input(seat: number, atUs: number, row: OpenRow): void {
    const times = this.#inputs.get(seat);
    if (times === undefined) {
      this.#inputs.set(seat, { lastUs: atUs, usualUs: 0, silentUs: 0 });
      return;
    }
    const gapUs = atUs - times.lastUs;
    times.lastUs = atUs;
    if (times.silentUs > 0 && gapUs < burstUs) {
      const playerId = this.#seats.get(seat) ?? `seat ${seat}`;
      const ms = Math.round(times.silentUs / 1_000);
      const text = `inputs of ${playerId} were late: none for ${ms} ms, then several at once`;
      row.notes.push({ atUs, kind: "late", playerId, text });
      times.silentUs = 0;
      return;
    }
    const isSilence =
      times.usualUs > 0 && gapUs >= Math.max(silenceUsMin, silenceTimes * times.usualUs);
    times.silentUs = isSilence ? gapUs : 0;
    if (gapUs >= burstUs && !isSilence)
      times.usualUs = times.usualUs === 0 ? gapUs : times.usualUs * 0.9 + gapUs * 0.1;
  }

  #forget(playerId: string): void {
    for (const [seat, id] of [...this.#seats]) {
      if (id !== playerId) continue;
      this.#seats.delete(seat);
      this.#inputs.delete(seat);
    }
  }

  #countPlayers(row: OpenRow): void {
    row.players = Math.max(row.players, this.#seats.size);
  }
}
