import { safeNumber } from "../../shared/codec/safe-number.ts";
import type { Position as WirePosition } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { Position } from "../../shared/position.ts";

/** A position of a message. @throws RoomlineError `malformed-frame` when a number exceeds 53 bits */
export function positionOf(wire: WirePosition): Position {
  return {
    epoch: wire.epoch,
    cursor: safeNumber(wire.cursor),
    stateTick: safeNumber(wire.stateTick),
  };
}
