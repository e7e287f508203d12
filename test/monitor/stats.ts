import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  WatchStatsResponseSchema,
  type WatchStatsResponse,
} from "../../shared/gen/roomline/v1/admin_pb.ts";

type StatsInit = Exclude<MessageInitShape<typeof WatchStatsResponseSchema>, WatchStatsResponse>;

/** A message of the stream, `seconds` after the first: what a test does not name is empty. */
export function statsAt(seconds: number, fields: StatsInit = {}): WatchStatsResponse {
  return create(WatchStatsResponseSchema, {
    timeMs: BigInt(1_700_000_000_000 + seconds * 1_000),
    node: { node: "a", version: "1", startedAtMs: 1n },
    ...fields,
  });
}
