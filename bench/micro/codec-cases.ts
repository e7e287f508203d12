import { create, toBinary } from "@bufbuild/protobuf";
import { FrameWriter } from "../../server/session/frame-writer.ts";
import { compileMessageDecoder } from "../../server/state/codegen/compiled-message-decoder.ts";
import { RoomLog } from "../../server/feed/log.ts";
import { ClientFrameDecoder, writeInput } from "../../shared/codec/client-frame.ts";
import { encodeEventBody } from "../../shared/codec/server-frame.ts";
import { plainMessageDecoder, type MessageDecoder } from "../../shared/contract/message-decoder.ts";
import { defaultLimits } from "../../shared/limits.ts";
import type { Transport } from "../../shared/transport/transport.ts";
import { WireWriter } from "../../shared/wire/wire-writer.ts";
import { SaidSchema, SteerSchema } from "../gen/roomline/bench/v1/bench_pb.ts";
import { steeringOf } from "../workloads/arena-rules.ts";
import type { MicroCase } from "./micro-case.ts";

const sessions = 8;
/** Of a patch of twenty moving players. */
const bodyBytes = 200;
/** What the gRPC transport wants free before a frame. */
const headroomBytes = 14;

/** Frames, on their way in and out. */
export const codecCases: readonly MicroCase[] = [
  { name: "decode-input", what: "a client frame with one input", prepare: prepareDecode },
  {
    name: "decode-payload",
    what: "the payload of an input, of two floats and a uint32",
    prepare: () => preparePayload(compileMessageDecoder(SteerSchema)),
  },
  {
    name: "decode-payload-plain",
    what: "the same with protobuf-es",
    prepare: () => preparePayload(plainMessageDecoder(SteerSchema)),
  },
  {
    name: "append-event",
    what: "an event of 100 bytes, encoded and put into the room log",
    prepare: prepareAppend,
  },
  {
    name: "assemble-frame",
    what: `a frame with a state of ${bodyBytes} bytes for each of ${sessions} sessions`,
    prepare: prepareAssemble,
  },
];

function prepareDecode(): () => void {
  const writer = new WireWriter();
  const payload = toBinary(SteerSchema, create(SteerSchema, steeringOf(1)));
  const input = { sessionId: "1", ackCursor: 0, seq: 1_000, kind: 1, payload, wantsReply: false };
  writeInput(writer, input);
  const frame = writer.copy();
  const seen = { inputs: 0 };
  const sink = {
    onInput: () => {
      seen.inputs++;
    },
    onAck: () => undefined,
    onHeartbeat: () => undefined,
    onMessage: () => undefined,
  };
  const decoder = new ClientFrameDecoder(sink);
  return () => decoder.decode(frame, undefined);
}

/** The payload lies inside of a frame. */
function preparePayload(decode: MessageDecoder): () => void {
  const payload = toBinary(SteerSchema, create(SteerSchema, steeringOf(1_000)));
  const around = new Uint8Array(100);
  around.set(payload, 20);
  const end = 20 + payload.length;
  const seen = { last: decode(around, 20, end) };
  return () => {
    seen.last = decode(around, 20, end);
  };
}

function prepareAppend(): () => void {
  const { roomLogEntriesMax, roomLogBytesMax, roomLogAgeMsMax } = defaultLimits;
  const log = new RoomLog({
    entriesMax: roomLogEntriesMax,
    bytesMax: roomLogBytesMax,
    ageMsMax: roomLogAgeMsMax,
  });
  const writer = new WireWriter();
  const said = create(SaidSchema, { text: "x".repeat(100) });
  return () => {
    const cursor = log.head + 1;
    const body = encodeEventBody(writer, {
      cursor,
      kind: 1,
      payload: toBinary(SaidSchema, said),
      sender: "player-1",
      timeMs: 1_800_000_000_000,
    });
    log.append({ cursor, body, audience: undefined, afterTick: 0 }, cursor);
  };
}

/** Takes frames and drops them. */
const nowhere: Transport = {
  headroomBytes,
  bufferedBytes: 0,
  open: () => undefined,
  send: () => true,
  pauseReading: () => undefined,
  resumeReading: () => undefined,
  close: () => undefined,
  destroy: () => undefined,
};

function prepareAssemble(): () => void {
  const body = new Uint8Array(bodyBytes).fill(7);
  const headers = Array.from({ length: sessions }, (_, index) => ({
    sessionId: `${index}`,
    inputAck: 1_000 + index,
    skippedTo: 0,
  }));
  const frame = new FrameWriter();
  return () => {
    frame.begin(headroomBytes, defaultLimits.outboundFrameBytesMax);
    for (const header of headers) if (frame.fits(body.length)) frame.message(header, body);
    frame.sendTo(nowhere);
  };
}
