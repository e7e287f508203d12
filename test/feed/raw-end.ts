import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { NodeBody } from "../../server/feed/link/link-end.ts";
import { linkVersion } from "../../server/feed/link/node-name.ts";
import { NodeFrameSchema, type NodeMessage } from "../../shared/gen/roomline/node/v1/node_pb.ts";
import type { Transport } from "../../shared/transport/transport.ts";

type Case = NonNullable<NodeMessage["body"]["case"]>;
type ValueOf<K extends Case> = Extract<NodeMessage["body"], { case: K }>["value"];

/** One end of a link, by hand: what no end of ours would say can be said. */
export class RawEnd {
  readonly heard: NodeMessage["body"][] = [];
  isClosed = false;
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
    transport.open({
      onFrame: (frame) => {
        for (const { body } of fromBinary(NodeFrameSchema, frame).messages) this.heard.push(body);
      },
      onDrain: () => undefined,
      onClose: () => (this.isClosed = true),
    });
  }

  hello(life = "1", more: { version?: number; feeds?: number[]; node?: string } = {}): void {
    const { version = linkVersion, feeds = [], node = "raw" } = more;
    this.say({ case: "hello", value: { version, node, life, feeds } });
  }

  say(...bodies: NodeBody[]): void {
    const messages = bodies.map((body) => ({ body }));
    this.bytes(toBinary(NodeFrameSchema, create(NodeFrameSchema, { messages })));
  }

  bytes(frame: Uint8Array): void {
    this.#transport.send(frame);
  }

  /** What was heard of this kind, oldest first. */
  all<K extends Case>(kind: K): ValueOf<K>[] {
    return this.heard.flatMap((body) => (body.case === kind ? [body.value as ValueOf<K>] : []));
  }
}
