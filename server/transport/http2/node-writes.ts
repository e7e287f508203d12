import {
  frameHeaderBytes,
  frameType,
  payloadBytesAt,
  streamAt,
  writeFrameHeader,
} from "./frame.ts";
import type { ConnectionWindow } from "./windows.ts";

/** Hears of what concerns streams whose DATA goes past node:http2. */
export interface NodeWritesObserver {
  /** node:http2 has written DATA. */
  onData(): void;
  /** node:http2 has written headers: a stream's first are the head of its response. */
  onHeaders(stream: number): void;
  /** node:http2 has reset a stream: nothing may follow. */
  onReset(stream: number): void;
  /** node:http2 has said that the connection ends, and by its code (RFC 9113, 7) why. */
  onGoaway(code: number): void;
}

/** Frames of node:http2: what may be written now, and what has to wait for the connection's window. */
interface NodeWrite {
  readonly now: Uint8Array;
  readonly later: Uint8Array | undefined;
}

/**
 * Follows whole frames that node:http2 writes, and spends the window for them. DATA the window does not suffice for is cut
 * off, with everything behind it: in the midst of a frame, too, since a peer may give more only when nothing is left.
 */
export function followNode(
  bytes: Uint8Array,
  window: ConnectionWindow,
  observer: NodeWritesObserver,
): NodeWrite {
  for (let at = 0; at < bytes.length;) {
    const payloadBytes = payloadBytesAt(bytes, at);
    const stream = streamAt(bytes, at);
    const type = bytes[at + 3];
    if (type === frameType.data) {
      const suffices = payloadBytes <= window.open;
      if (suffices || window.open > 0) observer.onData();
      if (!suffices) return cutData(bytes, at, window);
      window.spend(payloadBytes);
    } else if (type === frameType.headers) {
      observer.onHeaders(stream);
    } else if (type === frameType.rstStream) {
      observer.onReset(stream);
    } else if (type === frameType.goaway) {
      const view = new DataView(bytes.buffer, bytes.byteOffset + at + frameHeaderBytes);
      observer.onGoaway(view.getUint32(4));
    }
    at += frameHeaderBytes + payloadBytes;
  }
  return { now: bytes, later: undefined };
}

function cutData(bytes: Uint8Array, at: number, window: ConnectionWindow): NodeWrite {
  const { open } = window;
  if (open === 0) return { now: bytes.subarray(0, at), later: bytes.subarray(at) };
  window.spend(open);
  const from = at + frameHeaderBytes;
  const first = dataHeader(bytes, at, open);
  const second = dataHeader(bytes, at, payloadBytesAt(bytes, at) - open);
  // The flags stay with the second part: it is the one that may end the stream.
  second[4] = bytes[at + 4] ?? 0;
  return {
    now: Buffer.concat([bytes.subarray(0, at), first, bytes.subarray(from, from + open)]),
    later: Buffer.concat([second, bytes.subarray(from + open)]),
  };
}

function dataHeader(bytes: Uint8Array, at: number, payloadBytes: number): Uint8Array {
  const header = new Uint8Array(frameHeaderBytes);
  writeFrameHeader(header, frameType.data, streamAt(bytes, at), payloadBytes);
  return header;
}
