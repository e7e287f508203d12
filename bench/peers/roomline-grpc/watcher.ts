import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  WatchRequestSchema,
  WatchResponseSchema,
} from "../../../shared/gen/roomline/v1/watch_pb.ts";
import { WireReader } from "../../../shared/wire/wire-reader.ts";
import { SaidSchema } from "../../gen/roomline/bench/v1/bench_pb.ts";
import { openGrpcLink } from "../../links/grpc-link.ts";
import type { Player, PlayerEvents, PlayerPlan } from "../player.ts";
import { watcherOn } from "../watcher.ts";

const path = "/roomline.v1.WatchService/Watch";
/** `WatchResponse.started`, `WatchResponse.data`, `WatchData.events`. */
const tag = { started: 0x12, data: 0x1a, events: 0x0a } as const;

/** Watches a room with a call of WatchService, over a connection of its own. */
export async function joinPlayer(plan: PlayerPlan, events: PlayerEvents): Promise<Player> {
  let onStarted = (): void => undefined;
  const started = new Promise<void>((resolve) => (onStarted = resolve));
  const link = await openGrpcLink(
    plan.port,
    {
      onMessage(message) {
        const content = look(message);
        if (content === "started") onStarted();
        else for (let event = 0; event < content; event++) events.onDelivery(0);
        if (plan.looks) tellTexts(message, events);
      },
      onEnd: (reason) => events.onLost(reason),
    },
    path,
  );
  const request = create(WatchRequestSchema, { topic: plan.rooms[0] ?? "" });
  link.send(toBinary(WatchRequestSchema, request));
  link.endSending();
  await started;
  return watcherOn(link);
}

/** How many events a response has, without decoding them. */
function look(message: Buffer): number | "started" {
  const reader = new WireReader(message);
  while (reader.pos < message.length) {
    const field = reader.varint();
    if (field === tag.started) return "started";
    if (field !== tag.data) {
      reader.skip(field & 7);
      continue;
    }
    const end = reader.delimitedEnd();
    let events = 0;
    while (reader.pos < end) {
      const inner = reader.varint();
      if (inner === tag.events) events++;
      reader.skip(inner & 7);
    }
    return events;
  }
  return 0;
}

function tellTexts(message: Buffer, events: PlayerEvents): void {
  const { message: body } = fromBinary(WatchResponseSchema, message);
  if (body.case === "gap") events.onLost(`a gap from ${body.value.from} to ${body.value.to}`);
  if (body.case !== "data") return;
  for (const { payload } of body.value.events) {
    if (payload.case === "binary") events.onText(0, fromBinary(SaidSchema, payload.value).text);
  }
}
