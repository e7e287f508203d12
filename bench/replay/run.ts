// What recording costs, and how quick a look back is: `npm run bench:replay`.
// A room with twenty ships in it, with and without, in one process and in turns, so that a machine that is busy is busy for both.
import { crc32 } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import { SteerSchema } from "../../examples/arena/gen/roomline/examples/arena/v1/arena_pb.ts";
import { arenaRoom } from "../../examples/arena/room.ts";
import { resolveEngineConfig } from "../../server/config.ts";
import { createEngine } from "../../server/engine.ts";
import type { SeatDesk } from "../../server/feed/inbox.ts";
import { silentLog } from "../../server/observe/log.ts";
import { createSystemClock, type Clock } from "../../shared/clock.ts";
import { momentOf } from "../../shared/recording/moment.ts";
import { openRecording } from "../../shared/recording/recording.ts";

const players = 20;
const tickMs = 50;

/** Real time to read, as a server reads it, and none that passes by itself. */
function driven(): Clock & { moveMs: number } {
  const machine = createSystemClock();
  return {
    moveMs: 0,
    now() {
      return machine.now() + this.moveMs;
    },
    wallNow() {
      return machine.wallNow() + this.moveMs;
    },
    setTimer: () => ({ cancel: () => undefined }),
    defer: () => undefined,
  };
}

/** The arena with its ships, recorded or not. */
function fill(record: boolean) {
  const clock = driven();
  const kept = { bytesMax: 2 ** 31, ageMsMax: Infinity };
  const arena = { ...arenaRoom, definition: { ...arenaRoom.definition, record: record && kept } };
  const config = resolveEngineConfig({ rooms: { arena }, clock, log: silentLog });
  const engine = createEngine(config);
  const type = config.roomTypes.get("arena");
  if (type === undefined) throw new Error("There is an arena.");
  const { room } = engine.rooms.create(type, { roomId: "arena", options: undefined });
  const seats: number[] = [];
  for (let n = 1; n <= players; n++) {
    const playerId = `ship${n}`;
    const request = { playerId, sessionId: "1", claims: undefined, options: undefined };
    room.inbox.join({ ...request, reservation: "" }, deskOf(seats));
  }
  let tick = 0;
  const bytes = Array.from({ length: 64 }, (_, at) => {
    const steer = { dx: Math.cos(at / 10), dy: Math.sin(at / 10), clientSeq: at + 1 };
    return toBinary(SteerSchema, create(SteerSchema, steer));
  });
  return {
    /** The CPU time of so many ticks, in microseconds. What players in step are sent is encoded, as for players. */
    drive(ticks: number): number {
      const before = process.cpuUsage();
      for (const end = tick + ticks; tick < end;) {
        tick++;
        clock.moveMs += tickMs;
        for (const [at, seat] of seats.entries()) {
          const payload = bytes[(tick + at) % bytes.length] ?? new Uint8Array(0);
          const input = { seq: tick, kind: 1, bytes: payload, start: 0, end: payload.length };
          room.inbox.input(seat, { ...input, wantsReply: false });
        }
        room.tick(tickMs);
        room.feed.patch(room.feed.previousStateTick);
      }
      const { user, system } = process.cpuUsage(before);
      return user + system;
    },
    recording: () => engine.recordings.read("arena"),
  };
}

function deskOf(seats: number[]): SeatDesk {
  const nothing = (): void => undefined;
  return {
    ...{ acked: 0, refused: nothing, ended: nothing, replaced: nothing, reply: nothing },
    ...{ error: nothing, onAdvance: nothing, moved: nothing },
    seated: ({ seat }) => void seats.push(seat),
  };
}

function measureCost(rounds: number, ticks: number): void {
  const [plain, recorded] = [fill(false), fill(true)];
  plain.drive(ticks);
  recorded.drive(ticks);
  const more: number[] = [];
  const plainUs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    // Who goes first takes turns, too.
    const pair = round % 2 === 0 ? [plain, recorded] : [recorded, plain];
    const [first = 0, second = 0] = pair.map((one) => one.drive(ticks) / ticks);
    const [off, on] = round % 2 === 0 ? [first, second] : [second, first];
    plainUs.push(off);
    more.push(on - off);
  }
  const median = (of: number[]): number => of.sort((a, b) => a - b)[of.length >> 1] ?? 0;
  console.log(
    `a tick with ${players} inputs and a commit: the room alone ${median(plainUs).toFixed(1)} us, recording ${median(more).toFixed(1)} us more (median of ${rounds} rounds of ${ticks} ticks)`,
  );
}

async function measureSeek(minutes: number): Promise<void> {
  const recorded = fill(true);
  recorded.drive((minutes * 60_000) / tickMs);
  const bytes = await recorded.recording();
  let before = performance.now();
  const recording = openRecording(bytes, crc32);
  const openMs = performance.now() - before;
  const times: number[] = [];
  for (let n = 0; n < 200; n++) {
    const tick = 1 + ((n * 7_919) % recording.lastTick);
    before = performance.now();
    momentOf(recording, { tick });
    times.push(performance.now() - before);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): string => (times[Math.floor(times.length * share)] ?? 0).toFixed(1);
  const size = `${recording.lastTick} ticks, ${(bytes.length / 1e6).toFixed(1)} MB`;
  console.log(
    `${minutes} minutes, ${size}: opened in ${openMs.toFixed(0)} ms; a look at a tick p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${(times.at(-1) ?? 0).toFixed(1)} ms`,
  );
}

const [, , rounds = "11", ticks = "2000", minutes = "60"] = process.argv;
measureCost(Number(rounds), Number(ticks));
await measureSeek(Number(minutes));
