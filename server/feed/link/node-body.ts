import type { MessageInitShape } from "@bufbuild/protobuf";
import type { NodeMessageSchema } from "../../../shared/gen/roomline/node/v1/node_pb.ts";

/** The body of a message, as it is written. */
export type NodeBody = NonNullable<MessageInitShape<typeof NodeMessageSchema>["body"]>;
