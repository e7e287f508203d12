import { Reflection, type Decoder } from "@colyseus/schema";
import { pack, unpack } from "msgpackr";
import { loopback, type Link } from "../../links/link.ts";
import { openWsLink } from "../../links/ws-link.ts";
import { steeringOf } from "../../workloads/arena-rules.ts";
import type { ArenaView, Player, PlayerEvents, PlayerPlan } from "../player.ts";
import { cacheSteer } from "../steer-cache.ts";
import type { ArenaState } from "./state.ts";
import { code, encodeSteer, payloadStart, readHandshake } from "./wire.ts";

/** The seat that matchmaking reserves. */
interface Seat {
  readonly roomId: string;
  readonly sessionId: string;
  readonly processId: string;
}

const sayHead = Buffer.concat([Buffer.from([code.roomData, 0xa0 | 3]), Buffer.from("say")]);

const steerMessage = cacheSteer((seq) => encodeSteer(steeringOf(seq)));

/** Joins each room over a connection of its own, which is how Colyseus does it. */
export async function joinPlayer(plan: PlayerPlan, events: PlayerEvents): Promise<Player> {
  const links: Link[] = [];
  for (const [index, key] of plan.rooms.entries()) {
    const seat = await reserve(plan, key);
    links.push(await enter(plan, events, { ...seat, index }));
  }
  return {
    steer(seq) {
      const message = steerMessage(seq, 1);
      for (const link of links) link.send(message);
    },
    say: (index, text) => links[index]?.send(Buffer.concat([sayHead, pack({ text })])),
    stopReading() {
      for (const { socket } of links) socket.pause();
    },
    get bytesRead() {
      return links.reduce((sum, { socket }) => sum + socket.bytesRead, 0);
    },
  };
}

/** Asks the matchmaker for a seat, as the SDK does. */
async function reserve({ port, game }: PlayerPlan, key: string): Promise<Seat> {
  const url = `http://${loopback}:${port}/matchmake/joinOrCreate/${game}`;
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ key }),
  });
  if (!response.ok) throw new Error(`No seat: ${await response.text()}`);
  return (await response.json()) as Seat;
}

/** Takes the seat; resolves when the room has let the player in. */
async function enter(
  plan: PlayerPlan,
  events: PlayerEvents,
  { roomId, sessionId, processId, index }: Seat & { readonly index: number },
): Promise<Link> {
  let decoder: Decoder<ArenaState> | undefined;
  let onEntered = (): void => undefined;
  const entered = new Promise<void>((resolve) => (onEntered = resolve));
  const onMessage = (message: Buffer): void => {
    switch (message[0]) {
      case code.joinRoom: {
        const { schemaBytes } = readHandshake(message);
        if (plan.looks && schemaBytes.length > 0) decoder = Reflection.decode(schemaBytes);
        link.send(Buffer.from([code.joinRoom]));
        onEntered();
        return;
      }
      case code.state:
        decoder?.decode(message, { offset: 1 });
        return;
      case code.patch:
        events.onUpdate(index);
        if (decoder === undefined) return;
        decoder.decode(message, { offset: 1 });
        events.onView(index, viewOf(decoder.state, sessionId));
        return;
      case code.roomData:
        events.onDelivery(index);
        if (plan.looks) events.onText(index, textOf(message));
        return;
      case code.error:
        events.onLost(`the server said ${message.toString("latin1", 1)}`);
        return;
      default:
    }
  };
  const path = `/${processId}/${roomId}?sessionId=${sessionId}`;
  const link: Link = await openWsLink(
    plan.port,
    { onMessage: (message) => onMessage(message), onEnd: (reason) => events.onLost(reason) },
    { path },
  );
  await entered;
  return link;
}

function textOf(message: Buffer): string {
  return (unpack(message.subarray(payloadStart(message))) as { text: string }).text;
}

function viewOf({ ships }: ArenaState, ownId: string): ArenaView {
  let sumX = 0;
  for (const ship of ships.values()) sumX += ship.x;
  return { ownSeq: ships.get(ownId)?.seq ?? 0, rows: ships.size, sumX };
}
