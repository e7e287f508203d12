import { join } from "node:path";
import type { Clock, Timer } from "../../shared/clock.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { Limits } from "../../shared/limits.ts";
import type { RandomSource } from "../../shared/random.ts";
import type { Log } from "../observe/log.ts";
import { LiveRoom, type LiveRoomParts } from "../room/live-room.ts";
import type { PlayerLag } from "./player-lag.ts";
import { keptRecordings, recordingName, type RecordingOrigin } from "./kept-recordings.ts";
import { RecordedRoom } from "./recorded-room.ts";
import type { Recording, RecordingBounds } from "./recording.ts";
import { readRecordingFolder, RecordingFolder } from "./recording-folder.ts";
import { RecordingMemory } from "./recording-memory.ts";
import { RoomRecorder } from "./room-recorder.ts";

interface RecordingsParts {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly limits: Limits;
  readonly log: Log;
  /** Where recordings are written. Undefined: they are in memory, and go with the server. */
  readonly folder: string | undefined;
  /** How far players are behind their rooms, by room. */
  readonly lags: () => ReadonlyMap<string, readonly PlayerLag[]>;
}

/** A room that is recorded. */
interface Recorded extends RecordingOrigin {
  readonly recording: Recording;
  recorder: RoomRecorder;
  /** When the room was over here, in milliseconds since the Unix epoch. Undefined: it goes on. */
  endedAtMs: number | undefined;
}

/** What is known of a recording without reading it. */
export interface RecordingAbout extends RecordingOrigin {
  readonly bytes: number;
  /** When the room was over here. Undefined: it goes on. */
  readonly endedAtMs: number | undefined;
}

const beatMs = 1_000;
/** A recording has so many parts that can be dropped. */
const segments = 8;
/** Rooms that are over, of which the recording is kept: in memory, or in the folder. */
const overMax = { memory: 100, folder: 1_000 };

/** The recordings of an engine: one of each room whose type asks for it. */
export class Recordings {
  readonly #parts: RecordingsParts;
  /** By the epoch of the room, the newest last. */
  readonly #all = new Map<string, Recorded>();
  #timer: Timer | undefined;

  constructor(parts: RecordingsParts) {
    this.#parts = parts;
  }

  /** Makes a room: one that is recorded, if its type says so. */
  createRoom(parts: LiveRoomParts): LiveRoom {
    const { record } = parts.config;
    if (record === undefined) return new LiveRoom(parts);
    const { clock, random, limits } = this.#parts;
    // The same life of the room: it goes on as another instance, or has come back from another node.
    const before = this.#all.get(parts.epoch);
    const { id: roomId, epoch, config } = parts;
    const beganAtMs = before?.beganAtMs ?? Math.round(clock.wallNow());
    const origin = { roomId, roomType: config.type, epoch, beganAtMs };
    const recording = before?.recording ?? this.#open(origin, record);
    const recorder = new RoomRecorder({
      ...{ clock, random, sink: recording },
      limits: limits,
      segmentBytesMax: record.bytesMax / segments,
      segmentMsMax: record.ageMsMax / segments,
    });
    const recorded: Recorded = before ?? {
      ...origin,
      ...{ recording, recorder, endedAtMs: undefined },
    };
    return RecordedRoom.create(parts, recorder, {
      onBegun: () => {
        // Only now: an instance that cannot be picked up takes nobody's place.
        if (recorded.recorder !== recorder)
          recorded.recorder.end("the room goes on as another instance");
        recorded.recorder = recorder;
        recorded.endedAtMs = undefined;
        this.#hold(recorded);
      },
      onSeat: (playerId, there) => recorder.seated(playerId, there),
      onOver: () => {
        if (recorded.recorder === recorder) this.#over(recorded);
      },
    });
  }

  /** What there is, the rooms that were made last at the end. */
  list(): RecordingAbout[] {
    return [...this.#all.values()].map(({ recording, recorder: _, ...about }) => ({
      ...about,
      bytes: recording.bytes,
    }));
  }

  /** What is in the folder beside these, which are being written by this process and others: left by those that have ended. */
  async left(listed: readonly RecordingOrigin[]): Promise<RecordingAbout[]> {
    const { folder } = this.#parts;
    if (folder === undefined) return [];
    const known = new Set(listed.map(recordingName));
    return (await keptRecordings(folder)).filter(({ name }) => !known.has(name));
  }

  /**
   * All that is kept of a room, up to now: the newest, or the newest of this epoch, or the one that began then. Rejects with RoomlineError
   * `unknown-room`: nothing is; `storage-failed`.
   */
  async read(roomId: string, epoch = "", beganAtMs = 0): Promise<Uint8Array> {
    const isIt = (one: RecordingOrigin): boolean =>
      one.roomId === roomId &&
      (epoch === "" || one.epoch === epoch) &&
      (beganAtMs === 0 || one.beganAtMs === beganAtMs);
    const recorded = [...this.#all.values()].findLast(isIt);
    if (recorded !== undefined) {
      recorded.recorder.flush();
      return recorded.recording.read();
    }
    const { folder } = this.#parts;
    const left = folder === undefined ? [] : await keptRecordings(folder);
    const found = left.findLast(isIt);
    if (folder === undefined || found === undefined) throw noRecording(roomId);
    return readRecordingFolder(join(folder, found.name));
  }

  /** Resolves when all is written, at the end of the server. */
  async end(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    const all = [...this.#all.values()];
    for (const { recorder } of all) recorder.flush();
    await Promise.all(all.map(({ recording }) => recording.end()));
  }

  #open(origin: RecordingOrigin, bounds: RecordingBounds): Recording {
    const { folder, clock, log } = this.#parts;
    const nowMs = (): number => clock.now();
    if (folder === undefined) return new RecordingMemory(bounds, nowMs);
    return new RecordingFolder({
      ...{ origin, bounds, nowMs },
      folder: join(folder, recordingName(origin)),
      onFailure: (err) => log.error({ err, room: origin.roomId }, "a room is not recorded"),
    });
  }

  #hold(recorded: Recorded): void {
    this.#all.delete(recorded.epoch);
    this.#all.set(recorded.epoch, recorded);
    this.#timer ??= this.#parts.clock.setTimer(() => this.#beat(), beatMs);
  }

  #over(recorded: Recorded): void {
    recorded.endedAtMs = this.#parts.clock.wallNow();
    if ([...this.#all.values()].some((one) => !isOver(one))) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Once in a while: what was recorded is written, though nothing happens in the room, with who was late. */
  #beat(): void {
    this.#timer = undefined;
    const lags = this.#parts.lags();
    let open = 0;
    for (const recorded of this.#all.values()) {
      if (isOver(recorded)) continue;
      const { recorder, roomId } = recorded;
      open++;
      const late = lags.get(roomId) ?? [];
      if (late.length > 0) recorder.lags(late);
      recorder.flush();
    }
    this.#trim();
    if (open > 0) this.#timer = this.#parts.clock.setTimer(() => this.#beat(), beatMs);
  }

  /** Of all together no more is kept than the limit: rooms that are over go first, then the oldest parts of the others. */
  #trim(): void {
    const { folder, limits } = this.#parts;
    const { recordingsBytesMax } = limits;
    const over = [...this.#all.values()].filter(isOver);
    const most = overMax[folder === undefined ? "memory" : "folder"];
    for (const oldest of over.splice(0, Math.max(0, over.length - most))) this.#drop(oldest);
    let bytes = [...this.#all.values()].reduce((sum, { recording }) => sum + recording.bytes, 0);
    for (const oldest of over) {
      if (bytes <= recordingsBytesMax) return;
      bytes -= oldest.recording.bytes;
      this.#drop(oldest);
    }
    while (bytes > recordingsBytesMax) {
      const oldest = [...this.#all.values()].sort(
        (a, b) => a.recording.oldestMs - b.recording.oldestMs,
      );
      const dropped = oldest.some(({ recording }) => {
        const before = recording.bytes;
        if (!recording.dropOldest()) return false;
        bytes -= before - recording.bytes;
        return true;
      });
      if (!dropped) return;
    }
  }

  #drop({ epoch, recording }: Recorded): void {
    this.#all.delete(epoch);
    recording.remove();
  }
}

function isOver({ endedAtMs }: Pick<RecordingAbout, "endedAtMs">): boolean {
  return endedAtMs !== undefined;
}

/** Nothing is kept of the room. */
export function noRecording(roomId: string): RoomlineError {
  return new RoomlineError(
    "unknown-room",
    `There is no recording of a room "${roomId}" here: its type has to have \`record: true\`, and the room to be one of this server.`,
  );
}
