import { randomBytes } from "node:crypto";
import {
  connectHeaders,
  flag,
  frameType,
  headerBlock,
  http2Frame,
  preface,
} from "../../test/transport/raw-http2.ts";
import { updateBytes } from "./player-world.ts";
import type { WireProtocol } from "./servers.ts";

/** Bytes of one input. */
const inputBytes = 32;

/** What a client says, ready to be written. Nothing is parsed: the load generator must stay light. */
export interface WireClient {
  /** Opens the connection and the stream. */
  readonly opening: Buffer;
  /** One input. */
  readonly input: Buffer;
  /** Bytes one update has on the wire. */
  readonly updateWireBytes: number;
}

/** The client's side of a protocol. */
export function wireClientOf(protocol: WireProtocol): WireClient {
  const payload = Buffer.alloc(inputBytes, 5);
  switch (protocol) {
    case "tcp":
      return {
        opening: Buffer.alloc(0),
        input: Buffer.concat([uint32(inputBytes), payload]),
        updateWireBytes: 4 + updateBytes,
      };
    case "grpc": {
      const message = Buffer.concat([Buffer.alloc(1), uint32(inputBytes), payload]);
      return {
        opening: grpcOpening(),
        input: http2Frame(frameType.data, 0, 1, message),
        updateWireBytes: 9 + 5 + updateBytes,
      };
    }
    case "websocket":
      return {
        opening: Buffer.from(
          "GET /connect HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
            `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n\r\n`,
        ),
        // A final binary message, masked with zeros (RFC 6455, section 5.2).
        input: Buffer.concat([Buffer.from([0x82, 0x80 | inputBytes, 0, 0, 0, 0]), payload]),
        updateWireBytes: 4 + updateBytes,
      };
  }
}

/** The preface, settings with a window no run fills, their acknowledgement, and the head of the call. */
function grpcOpening(): Buffer {
  const window = 0x7fff0000;
  const nothing = Buffer.alloc(0);
  return Buffer.concat([
    preface,
    http2Frame(frameType.settings, 0, 0, Buffer.concat([Buffer.from([0, 4]), uint32(window)])),
    http2Frame(frameType.settings, flag.ack, 0, nothing),
    http2Frame(frameType.windowUpdate, 0, 0, uint32(window - 65_535)),
    http2Frame(frameType.headers, flag.endHeaders, 1, headerBlock(connectHeaders)),
  ]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
