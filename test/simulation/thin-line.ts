import { toBinary } from "@bufbuild/protobuf";
import { ServerMessageSchema } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { createBench, type Bench } from "../engine/harness.ts";
import { createEchoRoom } from "../engine/rooms.ts";

/** 100 kB in a second. */
export const bytesPerMs = 100;

/** What a session got over a thin line. */
interface Got {
  events: number;
  /** Of the whole messages, which is what the line carries. */
  bytes: number;
}

/** A player with a seat in each of these rooms and a thin line, and what it has got of each. */
export function createThinLine(rooms: number) {
  const many = 1e6;
  const limits = {
    roomLogBytesMax: 2 ** 24,
    roomLogEntriesMax: many,
    roomLogAgeMsMax: Infinity,
    sendTimeoutMs: 1e9,
    ...{ inputsPerSecond: many, inputsBurst: many, unackedInputsMax: many },
    ...{ messagesPerSecond: many, messagesBurst: many },
  };
  const bench = createBench({ rooms: { echo: createEchoRoom() }, limits });
  const writer = bench.connect("writer");
  const reader = bench.dial({ highWaterBytes: 1 });
  reader.send({ body: { case: "hello", value: { protocolVersion: 1, clientId: "reader" } } });
  for (let room = 1; room <= rooms; room++) {
    for (const client of [writer, reader])
      client.join(`${room}`, { roomType: "echo", roomId: `r${room}` });
  }
  bench.clock.advance(100);
  let seen = 0;
  let delayMs = 0;
  reader.onFrame = (bytes) => {
    for (const { sessionId, body } of reader.messages.slice(seen)) {
      if (sessionId !== `${rooms}` || body.case !== "event") continue;
      const sentMs = Number(/\d+/.exec(Buffer.from(body.value.payload).toString())?.[0]);
      delayMs = Math.max(delayMs, bench.clock.now() - sentMs);
    }
    seen = reader.messages.length;
    reader.transport.pauseReading();
    bench.clock.setTimer(() => reader.transport.resumeReading(), bytes / bytesPerMs);
  };
  const seqs = new Map<string, number>();
  const publish = (room: number, bytes: number): void => {
    const seq = (seqs.get(`${room}`) ?? 0) + 1;
    seqs.set(`${room}`, seq);
    const sentMs = `${bench.clock.now()} `.padEnd(bytes, "x");
    writer.input(`${room}`, seq, sentMs);
  };
  const got = (): Got[] => {
    const all = Array.from({ length: rooms }, () => ({ events: 0, bytes: 0 }));
    for (const message of reader.messages) {
      const { sessionId, body } = message;
      const one = all[Number(sessionId) - 1];
      if (body.case !== "event" || one === undefined) continue;
      one.events++;
      one.bytes += toBinary(ServerMessageSchema, message).length;
    }
    return all;
  };
  return {
    bench,
    publish,
    got,
    /** The longest that an event of the last room took. */
    longestMs: () => delayMs,
    forget(): void {
      reader.clear();
      seen = 0;
    },
    finish: () => finish(bench),
  };
}

function finish(bench: Bench): void {
  bench.clock.advance(100_000);
  bench.finish();
}

/** 1 when all got the same, 1/n when one got everything (Jain, Chiu and Hawe). */
export function jain(shares: readonly number[]): number {
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share ** 2, 0);
  return sum ** 2 / (shares.length * squares);
}
