import type { Client, Session } from "roomline/client";
import type { Direction } from "../bot-brain.ts";
import type { arena } from "../contract.ts";
import { ticksHz, touches, type Placed } from "../field.ts";
import { InterpolationBuffer, type Pose } from "./interpolation.ts";
import { OwnShip } from "./prediction.ts";

/** A ship as it is to be drawn. */
export interface ShownShip {
  readonly id: string;
  readonly name: string;
  readonly pose: Pose;
  readonly isOwn: boolean;
}

/** A coin as it is to be drawn. */
export interface ShownCoin extends Placed {
  readonly value: number;
}

const tickMs = 1_000 / ticksHz;
const steerIntervalMs = 40;
/** A smaller turn is not worth an input. Directions have length 1 or 0. */
const turnMin = 0.02;
const roundTripsMax = 4;
/** How long a coin that the own ship has touched is taken for collected before the server says so. */
const believedMs = 900;

/** The arena as the player sees it: the others smoothly and a little ago, the own ship now. */
export class Flight {
  readonly #client: Client;
  readonly #session: Session<typeof arena>;
  readonly #ships = new InterpolationBuffer();
  /** Coins do not move: one that is elsewhere is another one. Its id here is its place. */
  readonly #coins = new InterpolationBuffer();
  readonly #values = new Map<string, number>();
  readonly #taken = new Map<string, number>();
  readonly #own = new OwnShip();
  #ownPose: Pose | undefined;
  #direction: Direction = { dx: 0, dy: 0 };
  #sent: Direction = { dx: 0, dy: 0 };
  #sentMs = -Infinity;
  /** The newest round trips. The shortest tells most: what is longer has waited somewhere. */
  #roundTripsMs: number[] = [];

  constructor(client: Client, session: Session<typeof arena>) {
    this.#client = client;
    this.#session = session;
    session.onState(({ tick }) => this.#onState(tick * tickMs, performance.now()));
    session.onStatus((status) => {
      // A room stops the ship of a player it has lost, so what was said before is said again.
      if (status === "active") this.#sent = { dx: 0, dy: 0 };
    });
  }

  /** How far the picture is behind the newest update. */
  get behindMs(): number {
    return this.#ships.behindMs;
  }

  /** Where the player wants to fly from now on. Goes to the room with the next {@link send}. */
  steer(direction: Direction): void {
    this.#direction = direction;
  }

  /** Tells the room where to fly when that has changed: at most 25 times a second, but a stop at once. */
  send(nowMs: number): void {
    const { dx, dy } = this.#direction;
    const change = Math.hypot(dx - this.#sent.dx, dy - this.#sent.dy);
    const stops = dx === 0 && dy === 0;
    if (change < turnMin) return;
    if (!stops && nowMs - this.#sentMs < steerIntervalMs) return;
    this.#sent = this.#direction;
    this.#sentMs = nowMs;
    const clientSeq = this.#own.steer(this.#direction, nowMs);
    void this.#session.send("steer", { dx, dy, clientSeq });
  }

  /** The ships to draw now; the own one last. */
  ships(nowMs: number): ShownShip[] {
    const { players } = this.#session.state;
    const shown: ShownShip[] = [];
    for (const [id, pose] of this.#ships.sample(nowMs)) {
      const row = players.get(id);
      if (row === undefined || id === this.#session.playerId) continue;
      shown.push({ id, name: row.name, pose, isOwn: false });
    }
    const pose = this.#poseOfOwn(nowMs);
    const { playerId: id } = this.#session;
    if (pose !== undefined)
      shown.push({ id, name: players.get(id)?.name ?? id, pose, isOwn: true });
    return shown;
  }

  /** The coins to draw now. What the own ship flies over is gone at once, not a round trip later. */
  coins(nowMs: number): ShownCoin[] {
    const shown: ShownCoin[] = [];
    const known = this.#coins.sample(nowMs);
    for (const id of this.#taken.keys()) if (!known.has(id)) this.#taken.delete(id);
    for (const [id, { x, y }] of known) {
      if (this.#ownPose !== undefined && touches(this.#ownPose, { x, y }) && !this.#taken.has(id))
        this.#taken.set(id, nowMs);
      if (nowMs - (this.#taken.get(id) ?? -Infinity) < believedMs) continue;
      shown.push({ x, y, value: this.#values.get(id) ?? 1 });
    }
    return shown;
  }

  #poseOfOwn(nowMs: number): Pose | undefined {
    // While nothing comes, the own ship stands as well: it would only seem to fly.
    if (this.#session.status !== "active") return this.#ownPose;
    const place = this.#own.at(nowMs);
    if (place === undefined) return undefined;
    const { dx, dy } = this.#sent;
    const heading =
      dx === 0 && dy === 0 ? (this.#ownPose?.heading ?? -Math.PI / 2) : Math.atan2(dy, dx);
    this.#ownPose = { ...place, heading };
    return this.#ownPose;
  }

  #onState(serverMs: number, nowMs: number): void {
    const { players, coins } = this.#session.state;
    const poses = new Map<string, Pose>();
    for (const [id, { x, y, heading }] of players) poses.set(id, { x, y, heading });
    this.#ships.push(serverMs, nowMs, poses);
    this.#values.clear();
    const places = new Map<string, Pose>();
    for (const [key, { x, y, value }] of coins) {
      const id = `${key} at ${x} ${y}`;
      places.set(id, { x, y, heading: 0 });
      this.#values.set(id, value);
    }
    this.#coins.push(serverMs, nowMs, places);
    const own = players.get(this.#session.playerId);
    if (own === undefined) return;
    // Of what was steered, this knows what was sent a round trip before it came, and half a tick in which it waited.
    const cameMs = this.#ships.promptArrivalMs(serverMs) ?? nowMs;
    const knownUpToMs = cameMs - this.#roundTripMs() - tickMs / 2;
    this.#own.confirm({ place: own, lastSeq: own.lastClientSeq, knownUpToMs }, nowMs);
  }

  #roundTripMs(): number {
    const { rttMs } = this.#client;
    if (rttMs !== undefined && rttMs !== this.#roundTripsMs.at(-1))
      this.#roundTripsMs = [...this.#roundTripsMs, rttMs].slice(-roundTripsMax);
    return this.#roundTripsMs.length === 0 ? 0 : Math.min(...this.#roundTripsMs);
  }
}
