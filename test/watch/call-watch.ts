import assert from "node:assert/strict";
import { create, fromBinary, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { CallHandlers, StreamingCall } from "../../server/transport/grpc/call.ts";
import type { WatchService } from "../../server/services/watch/watch.ts";
import {
  WatchRequestSchema,
  WatchResponseSchema,
  type WatchResponse,
} from "../../shared/gen/roomline/v1/watch_pb.ts";
import { callerHeaders, type Watching } from "./watching.ts";

/** Before each message on the wire. */
const prefixBytes = 5;

const codes = Object.values(Code).filter((value) => typeof value === "number");

/** A watch as a plain gRPC call, without a network. */
export function callWatch(
  service: WatchService,
  request: MessageInitShape<typeof WatchRequestSchema>,
  { as, onCut }: { readonly as: string; readonly onCut: () => void },
): Watching {
  const answer = service.calls.get("/roomline.v1.WatchService/Watch");
  assert.ok(answer !== undefined);
  const messages: WatchResponse[] = [];
  let handlers: CallHandlers | undefined;
  let end: Watching["end"];
  let closed = false;
  let held = false;
  let toWrite = false;
  const write = (): void => {
    if (held || closed || !toWrite) return;
    toWrite = false;
    handlers?.onWritten();
  };
  const close = (): void => {
    if (closed) return;
    closed = true;
    handlers?.onClosed();
  };
  const call: StreamingCall = {
    peer: {
      protocol: "http",
      address: "test:1",
      metadata: new Map(Object.entries(callerHeaders(as))),
    },
    get closed() {
      return closed;
    },
    open: (given) => (handlers = given),
    send(framed) {
      assert.ok(!toWrite, "one message at a time");
      assert.equal(Buffer.from(framed).readUInt32BE(1), framed.length - prefixBytes);
      messages.push(fromBinary(WatchResponseSchema, framed.subarray(prefixBytes)));
      toWrite = true;
      void Promise.resolve().then(write);
    },
    end({ status, message, trailers: said }) {
      const trailers = new Headers(said);
      const code = codes.find((known: number) => known === status);
      const error = code && new ConnectError(message, code, trailers);
      end ??= { error, trailers };
      close();
    },
    cut() {
      onCut();
      close();
    },
  };
  answer(call, toBinary(WatchRequestSchema, create(WatchRequestSchema, request)));
  return {
    messages,
    get end() {
      return end;
    },
    hold(now) {
      held = now;
      write();
    },
    cancel: close,
  };
}
