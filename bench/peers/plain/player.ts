import type { Link, OpenLink } from "../../links/link.ts";
import { steeringOf } from "../../workloads/arena-rules.ts";
import type { ArenaView, Player, PlayerEvents, PlayerPlan } from "../player.ts";
import { cacheSteer } from "../steer-cache.ts";
import { headBytes, kind, rowBytes, rowField } from "./protocol.ts";

/** Joins all rooms of a plan over one connection. */
export async function joinPlain(
  plan: PlayerPlan,
  events: PlayerEvents,
  open: OpenLink,
): Promise<Player> {
  const ids: number[] = [];
  let onJoined = (): void => undefined;
  const joined = new Promise<void>((resolve) => (onJoined = resolve));
  const link = await open(plan.port, {
    onEnd: (reason) => events.onLost(reason),
    onMessage: (message) => {
      const seat = message.readUInt8(1);
      if (message[0] === kind.steer) {
        events.onUpdate(seat);
        if (plan.looks) events.onView(seat, viewOf(message, ids[seat] ?? -1));
      } else if (message[0] === kind.say) {
        events.onDelivery(seat);
        if (plan.looks) events.onText(seat, message.toString("latin1", headBytes));
      } else {
        ids[seat] = message.readUInt16LE(headBytes);
        if (ids.length === plan.rooms.length) onJoined();
      }
    },
  });
  for (const [seat, room] of plan.rooms.entries()) {
    link.send(Buffer.concat([Buffer.from([kind.join, seat]), Buffer.from(room)]));
  }
  await joined;
  return playerOn(link, plan.rooms.length);
}

/** One message for each room. */
const steerMessages = cacheSteer((seq, seats) => {
  const { dx, dy } = steeringOf(seq);
  return Array.from({ length: seats }, (_, seat) => {
    const message = Buffer.alloc(headBytes + 12);
    message[0] = kind.steer;
    message[1] = seat;
    message.writeUInt32LE(seq, headBytes);
    message.writeFloatLE(dx, headBytes + 4);
    message.writeFloatLE(dy, headBytes + 8);
    return message;
  });
});

function playerOn({ socket, send }: Link, seats: number): Player {
  return {
    steer(seq) {
      for (const message of steerMessages(seq, seats)) send(message);
    },
    say(seat, text) {
      const message = Buffer.allocUnsafe(headBytes + text.length);
      message[0] = kind.say;
      message[1] = seat;
      message.write(text, headBytes, "latin1");
      send(message);
    },
    stopReading: () => void socket.pause(),
    get bytesRead() {
      return socket.bytesRead;
    },
  };
}

function viewOf(message: Buffer, ownId: number): ArenaView {
  let ownSeq = 0;
  let sumX = 0;
  let rows = 0;
  for (let at = headBytes; at < message.length; at += rowBytes) {
    rows++;
    sumX += message.readFloatLE(at + rowField.x);
    if (message.readUInt16LE(at + rowField.id) === ownId) {
      ownSeq = message.readUInt32LE(at + rowField.seq);
    }
  }
  return { ownSeq, rows, sumX };
}
