import { openWsLink } from "../../links/ws-link.ts";
import { steeringOf } from "../../workloads/arena-rules.ts";
import type { ArenaView, Player, PlayerEvents, PlayerPlan } from "../player.ts";

/** Engine.IO and Socket.IO packet types, as they stand at the start of a message. */
const packet = { open: "0", ping: "2", pong: "3", connect: "40", event: "42", ack: "43" } as const;
const stateStart = '42["state","';
const saidStart = '42["said","';

type Row = readonly [x: number, y: number, hp: number, score: number, seq: number];

/** Joins all rooms over one connection. */
export async function joinPlayer(plan: PlayerPlan, events: PlayerEvents): Promise<Player> {
  const { rooms, looks, port, game } = plan;
  let id = "";
  let acknowledged = 0;
  let onJoined = (): void => undefined;
  const joined = new Promise<void>((resolve) => (onJoined = resolve));
  const say = (text: string): void => link.send(Buffer.from(text));
  const onMessage = (message: Buffer): void => {
    const start = message.toString("latin1", 0, stateStart.length);
    if (start === stateStart) {
      const seat = seatOf(message, stateStart.length);
      events.onUpdate(seat);
      if (looks) events.onView(seat, viewOf(message, id));
    } else if (start.startsWith(saidStart)) {
      const seat = seatOf(message, saidStart.length);
      events.onDelivery(seat);
      if (looks) events.onText(seat, (argsOf(message)[2] as { text: string }).text);
    } else if (start.startsWith(packet.open)) say(packet.connect);
    else if (start.startsWith(packet.ping)) say(packet.pong);
    else if (start.startsWith(packet.connect)) {
      id = (JSON.parse(message.toString("utf8", packet.connect.length)) as { sid: string }).sid;
      for (const [seat, room] of rooms.entries()) {
        say(`${packet.event}${seat}${JSON.stringify(["join", game, room])}`);
      }
    } else if (start.startsWith(packet.ack)) {
      acknowledged++;
      if (acknowledged === rooms.length) onJoined();
    } else events.onLost(`the server said ${start}`);
  };
  const link = await openWsLink(
    port,
    { onMessage, onEnd: (reason) => events.onLost(reason) },
    { path: "/socket.io/?EIO=4&transport=websocket", text: true },
  );
  await joined;
  return {
    steer(seq) {
      const steering = JSON.stringify(steeringOf(seq));
      for (const room of rooms) say(`${packet.event}["steer","${room}",${steering}]`);
    },
    say: (seat, text) => say(`${packet.event}["say","${rooms[seat] ?? ""}","${text}"]`),
    stopReading: () => void link.socket.pause(),
    get bytesRead() {
      return link.socket.bytesRead;
    },
  };
}

/** Rooms are named after their seat: `SEAT-NUMBER`. */
function seatOf(message: Buffer, at: number): number {
  return Number(message.toString("latin1", at, message.indexOf("-", at)));
}

function argsOf(message: Buffer): readonly unknown[] {
  return JSON.parse(message.toString("utf8", packet.event.length)) as unknown[];
}

function viewOf(message: Buffer, ownId: string): ArenaView {
  const rows = argsOf(message)[2] as Readonly<Record<string, Row>>;
  let sumX = 0;
  const all = Object.values(rows);
  for (const [x] of all) sumX += x;
  return { ownSeq: rows[ownId]?.[4] ?? 0, rows: all.length, sumX };
}
