import { join } from "node:path";
import type { Clock, Timer } from "../../shared/clock.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { Limits } from "../../shared/limits.ts";
import type { RandomSource } from "../../shared/random.ts";
import type { Log } from "../observe/log.ts";
import { LiveRoom, type LiveRoomParts } from "../room/live-room.ts";
import type { PlayerLag } from "./player-lag.ts";
import { RecordedRoom } from "./recorded-room.ts";
import type { Recording } from "./recording.ts";
import { RecordingFolder } from "./recording-folder.ts";
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
interface Recorded {
  readonly roomId: string;
  readonly roomType: string;
  readonly epoch: string;
  readonly recording: Recording;
  recorder: RoomRecorder;
  isOver: boolean;
}

/** What is known of a recording without reading it. */
export interface RecordingAbout {
  readonly roomId: string;
  readonly roomType: string;
  /** The life of the room that it is of. */
  readonly epoch: string;
  readonly bytes: number;
  /** Its room goes on. */
  readonly isOpen: boolean;
}

const beatMs = 1_000;
/** A recording has so many parts that can be dropped. */
const segments = 8;
/** Rooms that are over, of which the recording is kept in memory. */
const overMax = 100;

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
    const before = this.#all.get(parts.epoch);
    const goesOn = before !== undefined && !before.isOver;
    const recording = goesOn ? before.recording : this.#open(parts);
    const recorder = new RoomRecorder({
      ...{ clock, random, sink: recording },
      limits: limits,
      segmentBytesMax: record.bytesMax / segments,
      segmentMsMax: record.ageMsMax / segments,
    });
    const recorded: Recorded = goesOn
      ? before
      : {
          ...{ roomId: parts.id, roomType: parts.config.type, epoch: parts.epoch },
          ...{ recording, recorder, isOver: false },
        };
    return RecordedRoom.create(parts, recorder, {
      onBegun: () => {
        // Only now: an instance that cannot be picked up takes nobody's place.
        if (recorded.recorder !== recorder)
          recorded.recorder.end("the room goes on as another instance");
        recorded.recorder = recorder;
        recorded.isOver = false;
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
    return [...this.#all.values()].map(({ roomId, roomType, epoch, recording, isOver }) => ({
      ...{ roomId, roomType, epoch, bytes: recording.bytes, isOpen: !isOver },
    }));
  }

  /** All that is kept of a room, up to now: of its newest life, or of the one of this epoch. Rejects with RoomlineError `unknown-room`: nothing is; `storage-failed`. */
  async read(roomId: string, epoch = ""): Promise<Uint8Array> {
    const lives = [...this.#all.values()].filter((one) => one.roomId === roomId);
    const recorded = lives.findLast((one) => epoch === "" || one.epoch === epoch);
    if (recorded === undefined)
      throw new RoomlineError(
        "unknown-room",
        `There is no recording of a room "${roomId}" here: its type has to have \`record: true\`, and the room to be one of this server.`,
      );
    recorded.recorder.flush();
    return recorded.recording.read();
  }

  /** Resolves when all is written, at the end of the server. */
  async end(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    const all = [...this.#all.values()];
    for (const { recorder } of all) recorder.flush();
    await Promise.all(all.map(({ recording }) => recording.end()));
  }

  #open({ id, config, epoch }: LiveRoomParts): Recording {
    const { folder, clock, log } = this.#parts;
    const bounds = config.record ?? { bytesMax: 0, ageMsMax: 0 };
    const nowMs = (): number => clock.now();
    if (folder === undefined) return new RecordingMemory(bounds, nowMs);
    return new RecordingFolder({
      ...{ bounds, nowMs },
      folder: join(folder, folderName(id, epoch, clock.wallNow())),
      onFailure: (err) => log.error({ err, room: id }, "a room is not recorded"),
    });
  }

  #hold(recorded: Recorded): void {
    this.#all.delete(recorded.epoch);
    this.#all.set(recorded.epoch, recorded);
    this.#timer ??= this.#parts.clock.setTimer(() => this.#beat(), beatMs);
  }

  #over(recorded: Recorded): void {
    recorded.isOver = true;
    if ([...this.#all.values()].some(({ isOver }) => !isOver)) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Once in a while: what was recorded is written, though nothing happens in the room, with who was late. */
  #beat(): void {
    this.#timer = undefined;
    const lags = this.#parts.lags();
    let open = 0;
    for (const { recorder, roomId, isOver } of this.#all.values()) {
      if (isOver) continue;
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
    const all = [...this.#all.values()];
    const over = all.filter(({ isOver }) => isOver);
    for (const { epoch } of over.splice(0, Math.max(0, over.length - overMax)))
      this.#all.delete(epoch);
    let bytes = [...this.#all.values()].reduce((sum, { recording }) => sum + recording.bytes, 0);
    const { recordingsBytesMax } = this.#parts.limits;
    for (const { epoch, recording } of over) {
      if (bytes <= recordingsBytesMax) return;
      bytes -= recording.bytes;
      this.#all.delete(epoch);
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
}

/** A name that file systems take, and that says which room it was and when. */
function folderName(roomId: string, epoch: string, wallMs: number): string {
  const when = new Date(wallMs).toISOString().replace(/[:.]/g, "-");
  const room = roomId.replace(/[^A-Za-z0-9_-]/g, "_").slice(0, 64);
  return `${room}-${when}-${epoch.slice(0, 8).replace(/[^A-Za-z0-9_-]/g, "_")}`;
}
