import type { Link, LinkEvents } from "../../links/link.ts";
import { openWsLink } from "../../links/ws-link.ts";
import { steeringOf } from "../../workloads/arena-rules.ts";
import type { Player, PlayerEvents, PlayerPlan, Recovery } from "../player.ts";
import { cacheSteer } from "../steer-cache.ts";
import { argsOf, connectRequest, packet, saidStart, seatOf, stateStart, viewOf } from "./wire.ts";

const steerJson = cacheSteer((seq) => JSON.stringify(steeringOf(seq)));

/** Joins all rooms over one connection. */
export async function joinPlayer(plan: PlayerPlan, events: PlayerEvents): Promise<Player> {
  const player = new SocketIoPlayer(plan, events);
  await player.join();
  return player;
}

/** Engine.IO and Socket.IO by hand: text packets in WebSocket messages. */
class SocketIoPlayer implements Player {
  readonly #plan: PlayerPlan;
  readonly #events: PlayerEvents;
  readonly recovery: Recovery = { cut: () => this.#cut(), comeBack: () => this.#connect() };
  #link: Link | undefined;
  /** Over connections that are gone. */
  #bytesBefore = 0;
  #id = "";
  /** The secret of connection state recovery, and where the player stands. */
  #recoveryId = "";
  #offset = "";
  #acknowledged = 0;
  #onConnected = (): void => undefined;
  #onRefused = (_reason: Error): void => undefined;
  #onJoined = (): void => undefined;

  constructor(plan: PlayerPlan, events: PlayerEvents) {
    this.#plan = plan;
    this.#events = events;
  }

  get bytesRead(): number {
    return this.#bytesBefore + (this.#link?.socket.bytesRead ?? 0);
  }

  async join(): Promise<void> {
    await this.#connect();
    const { rooms, game } = this.#plan;
    const joined = new Promise<void>((resolve) => (this.#onJoined = resolve));
    for (const [seat, room] of rooms.entries()) {
      this.#send(`${packet.event}${seat}${JSON.stringify(["join", game, room])}`);
    }
    await joined;
  }

  steer(seq: number): void {
    const steering = steerJson(seq, 1);
    for (const room of this.#plan.rooms)
      this.#send(`${packet.event}["steer","${room}",${steering}]`);
  }

  say(seat: number, text: string): void {
    this.#send(`${packet.event}["say","${this.#plan.rooms[seat] ?? ""}","${text}"]`);
  }

  stopReading(): void {
    this.#link?.socket.pause();
  }

  #cut(): void {
    const cut = this.#link?.socket;
    this.#link = undefined;
    this.#bytesBefore += cut?.bytesRead ?? 0;
    cut?.destroy();
  }

  /** Opens a connection; resolves when it is let in, with what was missed behind it if it was here before. */
  async #connect(): Promise<void> {
    const connected = new Promise<void>((resolve, reject) => {
      this.#onConnected = resolve;
      this.#onRefused = reject;
    });
    connected.catch(() => undefined);
    const linkEvents: LinkEvents = {
      onMessage: (message) => this.#onMessage(message),
      onEnd: (reason) => {
        if (this.#link !== link) return;
        this.#events.onLost(reason);
        this.#onRefused(new Error(reason));
      },
    };
    const path = "/socket.io/?EIO=4&transport=websocket";
    const link: Link = await openWsLink(this.#plan.port, linkEvents, { path, text: true });
    this.#link = link;
    await connected;
  }

  #send(text: string): void {
    this.#link?.send(Buffer.from(text));
  }

  #onMessage(message: Buffer): void {
    const { looks } = this.#plan;
    const start = message.toString("latin1", 0, stateStart.length);
    if (start === stateStart) {
      const seat = seatOf(message, stateStart.length);
      this.#events.onUpdate(seat);
      if (looks) this.#events.onView(seat, viewOf(message, this.#id));
    } else if (start.startsWith(saidStart)) {
      const seat = seatOf(message, saidStart.length);
      this.#events.onDelivery(seat);
      if (looks) this.#onSaid(seat, message);
    } else if (start.startsWith(packet.open)) {
      this.#send(connectRequest(this.#recoveryId, this.#offset));
    } else if (start.startsWith(packet.ping)) this.#send(packet.pong);
    else if (start.startsWith(packet.connect)) this.#onConnect(message);
    else if (start.startsWith(packet.ack)) {
      this.#acknowledged++;
      if (this.#acknowledged === this.#plan.rooms.length) this.#onJoined();
    } else this.#events.onLost(`the server said ${start}`);
  }

  #onSaid(seat: number, message: Buffer): void {
    const [, , said, offset] = argsOf(message);
    // Sent last where connection state recovery is on.
    if (typeof offset === "string") this.#offset = offset;
    this.#events.onText(seat, (said as { readonly text: string }).text);
  }

  #onConnect(message: Buffer): void {
    const { sid, pid = "" } = JSON.parse(message.toString("utf8", packet.connect.length)) as {
      readonly sid: string;
      readonly pid?: string;
    };
    if (this.#id !== "" && sid !== this.#id) this.#onRefused(new Error("not recovered"));
    this.#id = sid;
    this.#recoveryId = pid;
    this.#onConnected();
  }
}
