import type { Writable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import * as ws from "ws";
import type {
  ChunkFate,
  MessageSink,
  WebSocketBounds,
  WebSocketFrameReader,
} from "../../server/transport/websocket/frame-reader.ts";

// The types of ws do not know what it exports.
const { Receiver } = ws as unknown as {
  Receiver: new (options: object) => Writable;
};

/** What came out of some chunks, in order, and who read each chunk. */
export interface ReadStream {
  readonly events: readonly string[];
  readonly fates: readonly ChunkFate[];
}

/**
 * What ws makes of these chunks; with a reader in front of it, of those that are left to it. `unitsPerTurn`: how much is read
 * before the rest is put off, and read as the next chunk.
 */
export async function readStream(
  chunks: readonly Uint8Array[],
  bounds: WebSocketBounds,
  reader?: WebSocketFrameReader,
  unitsPerTurn = Infinity,
): Promise<ReadStream> {
  const events: string[] = [];
  const fates: ChunkFate[] = [];
  const receiver = new Receiver({
    isServer: true,
    maxPayload: bounds.frameBytesMax,
    maxFragments: bounds.fragmentsMax,
    maxBufferedChunks: bounds.chunksMax,
  });
  const onFrame = (frame: Uint8Array): void => void events.push(`binary ${hex(frame)}`);
  const onEnd = (what: string): void => {
    events.push(what);
    if (reader !== undefined && fates.at(-1) !== "leave") events.push("with the reader in front");
  };
  receiver.on("message", (data: Uint8Array, isBinary: boolean) => {
    if (isBinary) onFrame(data);
    else events.push(`text ${hex(data)}`);
  });
  receiver.on("ping", (data: Uint8Array) => events.push(`ping ${hex(data)}`));
  receiver.on("pong", (data: Uint8Array) => events.push(`pong ${hex(data)}`));
  receiver.on("conclude", (code: number, text: Uint8Array) => onEnd(`close ${code} ${hex(text)}`));
  receiver.on("error", (error: Error) => onEnd(error.message));
  // Copies: unmasking is done in place.
  const waiting = chunks.map((chunk) => Uint8Array.from(chunk));
  for (let chunk = waiting.shift(); chunk !== undefined; chunk = waiting.shift()) {
    const hasLeft = fates.at(-1) === "leave";
    let units = 0;
    let rest = 0;
    const sink: MessageSink = {
      takeMessage: onFrame,
      spend: (more) => (units += more) >= unitsPerTurn,
      putOff(bytes) {
        rest = bytes.length;
        waiting.unshift(Uint8Array.from(bytes));
      },
    };
    const fate = hasLeft ? "leave" : (reader?.read(chunk, sink) ?? "pass");
    fates.push(fate);
    if (fate !== "read") receiver.write(Buffer.from(chunk.subarray(0, chunk.length - rest)));
    // Having read a close frame, ws stops listening.
    if (receiver.writableEnded) break;
  }
  await turn();
  return { events, fates };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
