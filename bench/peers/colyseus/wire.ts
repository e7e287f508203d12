import { decode } from "@colyseus/schema";

/** Colyseus' message codes. */
export const code = { joinRoom: 10, error: 11, roomData: 13, state: 14, patch: 15 } as const;

/** What comes when a seat is taken: the schema of the state is in it. */
export interface Handshake {
  readonly schemaBytes: Uint8Array;
}

/** Reads a JOIN_ROOM message: reconnection token, serializer, schema. */
export function readHandshake(message: Buffer): Handshake {
  const it = { offset: 1 };
  for (let field = 0; field < 2; field++) it.offset += 1 + (message[it.offset] ?? 0);
  const length = decode.number(message, it);
  return { schemaBytes: message.subarray(it.offset, it.offset + length) };
}

const steerHead = Buffer.concat([
  Buffer.from([code.roomData, 0xa0 | 5]),
  Buffer.from("steer"),
  Buffer.from([0x83]),
]);

/** A "steer" message as the SDK makes it: its name, then `{dx, dy, seq}` in MessagePack with doubles. */
export function encodeSteer({ dx, dy, seq }: { dx: number; dy: number; seq: number }): Buffer {
  const message = Buffer.allocUnsafe(steerHead.length + 12 + 12 + 9);
  steerHead.copy(message);
  let at = steerHead.length;
  for (const [name, value] of [
    [0x78, dx],
    [0x79, dy],
  ] as const) {
    message.set([0xa2, 0x64, name, 0xcb], at);
    message.writeDoubleBE(value, at + 4);
    at += 12;
  }
  message.set([0xa3, 0x73, 0x65, 0x71, 0xce], at);
  message.writeUInt32BE(seq, at + 5);
  return message;
}

/** Where the payload of a named message begins. */
export function payloadStart(message: Buffer): number {
  const it = { offset: 1 };
  if (decode.stringCheck(message, it)) decode.string(message, it);
  else decode.number(message, it);
  return it.offset;
}
