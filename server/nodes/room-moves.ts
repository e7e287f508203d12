import type { Clock } from "../../shared/clock.ts";
import { closeReasons } from "../../shared/close-reason.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { RoomPlace } from "../feed/feed.ts";
import type { InputRingConfig } from "../feed/link/input-ring.ts";
import type { NodeName } from "../feed/link/node-name.ts";
import { Replica } from "../feed/link/replica.ts";
import type { RoomImage } from "../../shared/gen/roomline/room/v1/image_pb.ts";
import { openImage, sealImage } from "../room/image/seal.ts";
import type { LiveRoom } from "../room/live-room.ts";
import type { LoadReason } from "../room/room-api.ts";
import type { ArrivingRoom } from "../rooms/arriving-room.ts";
import type { RoomClaim } from "./directory.ts";
import type { OrphanRoom } from "./directory-table.ts";
import type { LookingForRooms } from "./lost-copies.ts";
import type { ArriveAsk, ArriveAnswer, OfferAsk } from "./move-calls.ts";
import type { EngineRooms } from "./own-rooms.ts";
import type { Peers } from "./peers.ts";
import type { RoomClaims } from "./room-claims.ts";
import { within } from "./within.ts";

interface RoomMovesParts {
  readonly self: NodeName;
  readonly isOurs: (claim: Pick<RoomClaim, "node" | "life">) => boolean;
  readonly rooms: EngineRooms;
  readonly claims: RoomClaims;
  readonly peers: Peers;
  readonly lost: LookingForRooms;
  readonly inputs: InputRingConfig;
  readonly clock: Clock;
  readonly keep: KeepRoom;
}

/**
 * Has the store take a room that stands still, before it goes on by a new claim of this node: resolves when it may. Undefined: it is not
 * kept. Rejects with `room-moved`: another node has it by now.
 */
export type KeepRoom = (room: LiveRoom, image: () => RoomImage) => Promise<void> | undefined;

/** How long code of a room that goes on behind an `await` is waited for. */
const settleWithinMs = 1_000;
/** How long the other node may take to say that it takes the room, and that it has it. */
const answerWithinMs = 2_000;
/** When to look again whether a copy is still here. */
const lookAgainMs = 10;
/** The largest image that is handed over. */
const imageBytesMax = 16_777_216;
/** How long players may be at nodes that do not say so, once their room is at another. */
const awaitNodesMs = 5_000;

/**
 * Rooms that go from this node to another, and come from others (rules MV). A room stands still from its image on until it is known who
 * has it, which is decided in the directory alone: it runs where its newest claim is, and nowhere else.
 */
export class RoomMoves {
  readonly #parts: RoomMovesParts;
  /** Rooms on their way from here or to here; each promise resolves when that is over, and never rejects. */
  readonly #moving = new Map<string, Promise<void>>();

  constructor(parts: RoomMovesParts) {
    this.#parts = parts;
  }

  /** Resolves when this room is not on its way any more; undefined: it is not. */
  settled(roomId: string): Promise<void> | undefined {
    return this.#moving.get(roomId);
  }

  /**
   * Has a room that is here go on at another node. Resolves when it runs there. When it rejects the room goes on here, or is closed:
   * `unknown-room`, `not-portable`, `unknown-node`, `draining` (that node is about to end), `unavailable` (the node does not answer, or
   * the room is on its way already), or with why the other node does not take it.
   */
  move(roomId: string, to: string, why: LoadReason = "moved"): Promise<void> {
    return this.#during(roomId, async () => {
      const offered = this.#movable(roomId, to);
      await this.#homecoming(roomId);
      await this.#offer(offered, to);
      // It may have gone on as another instance meanwhile, or be over.
      const room = this.#movable(roomId, to);
      const image = await this.#putDown(room);
      await this.#handOver(room, to, { image, why });
    });
  }

  /** Another node wants to hand a room over. @throws RoomlineError why it cannot be taken */
  offered({ roomId, roomType }: OfferAsk): true {
    const { rooms, peers, self } = this.#parts;
    const { host, catalogue } = rooms;
    if (peers.ownLoad.isDraining) throw goingDown(self.node);
    catalogue.typeOf(roomType);
    host.checkReceive(roomId);
    return true;
  }

  /** A room comes from another node. Rejects with why it cannot be picked up, or has gone on where it was. */
  arrived({ roomId, term, image, why }: ArriveAsk): Promise<ArriveAnswer> {
    const { host, catalogue } = this.#parts.rooms;
    return this.#goOnHere(roomId, term, () => {
      const opened = openImage(new Uint8Array(Buffer.from(image, "base64")));
      return host.receiveRoom(catalogue.typeOf(opened.roomType), opened, { why });
    });
  }

  /**
   * A room whose host is dead goes on here, from what the store has of it (rule DU-6). Rejects with why it cannot be picked up, or with
   * `room-moved`: it goes on at another node.
   */
  async recovered({ roomId, term }: OrphanRoom, pickUp: () => ArrivingRoom): Promise<void> {
    await this.#goOnHere(roomId, term, pickUp);
  }

  /** A room goes on here, which stood still under the claim with this term: once nobody else can have it, and the store has it anew. */
  #goOnHere(roomId: string, term: number, pickUp: () => ArrivingRoom): Promise<ArriveAnswer> {
    return this.#during(roomId, async () => {
      const { claims, isOurs, keep } = this.#parts;
      const arriving = pickUp();
      // Once the directory has it here, nobody finds them elsewhere.
      arriving.announce();
      const claim = await claims.take(roomId, term);
      if (claim === undefined || !isOurs(claim)) {
        arriving.discard();
        const sentence = `Room "${roomId}" has gone on elsewhere: it came too late.`;
        throw new RoomlineError("room-moved", sentence);
      }
      try {
        const kept = keep(arriving.room, () => arriving.image());
        if (kept !== undefined) await kept;
      } catch (thrown) {
        arriving.discard();
        claims.giveUp(roomId);
        throw thrown;
      }
      arriving.begin(awaitNodesMs);
      return { term: claim.term };
    });
  }

  async #during<T>(roomId: string, act: () => Promise<T>): Promise<T> {
    if (this.#moving.has(roomId)) throw onItsWay(roomId);
    const moving = Promise.resolve().then(act);
    const over = (): void => void this.#moving.delete(roomId);
    this.#moving.set(roomId, moving.then(over, over));
    return moving;
  }

  /** @throws RoomlineError why the room cannot go there */
  #movable(roomId: string, to: string): LiveRoom {
    const { self, rooms, peers } = this.#parts;
    const room = rooms.host.get(roomId);
    if (room === undefined)
      throw new RoomlineError("unknown-room", `There is no room "${roomId}" at "${self.node}".`);
    if (!room.config.portable) {
      const sentence = `Rooms of type "${room.roomType}" stay where they are: give the type \`portable: true\`, or \`save\` and \`load\`.`;
      throw new RoomlineError("not-portable", sentence);
    }
    const peer = peers.get(to);
    if (peer === undefined) {
      const names = peers.names.filter((name) => name !== self.node).join(", ");
      const sentence = `Room "${roomId}" cannot go to node "${to}". There is ${names === "" ? "no other" : names}.`;
      throw new RoomlineError("unknown-node", sentence);
    }
    if (peer.load.isDraining) throw goingDown(to);
    return room;
  }

  /** Players here may still hear the rest of a room that has just come: it goes no further before. */
  async #homecoming(roomId: string): Promise<void> {
    const { clock, lost } = this.#parts;
    const untilMs = clock.now() + answerWithinMs;
    while (lost.find(roomId) !== undefined) {
      if (clock.now() >= untilMs) throw onItsWay(roomId);
      await new Promise<void>((resolve) => void clock.setTimer(resolve, lookAgainMs));
    }
  }

  async #offer({ roomId, roomType }: LiveRoom, to: string): Promise<void> {
    const { clock, peers } = this.#parts;
    const asked = peers.call(to, "offer", { roomId, roomType });
    const refusal = refusalOf(asked);
    if ((await within(clock, answerWithinMs, asked)) === undefined) throw refusal() ?? silent(to);
  }

  /** Waits until nothing of the room is under way, for a moment, and has it stand still. Resolves to its image. */
  #putDown(room: LiveRoom): Promise<Uint8Array> {
    const { clock, rooms } = this.#parts;
    return new Promise((resolve, reject) => {
      const take = (): void => {
        late.cancel();
        tooLate.cancel();
        try {
          const image = sealImage(rooms.host.takeImage(room));
          if (image.length > imageBytesMax) throw tooLarge(room.roomId, image.length);
          room.freeze();
          resolve(image);
        } catch (thrown) {
          if (!room.isClosed) room.thaw();
          reject(RoomlineError.from(thrown));
        }
      };
      const late = clock.setTimer(() => room.hurry(), settleWithinMs);
      // What is on its way to the store is waited for: it would be shown here, and there once more.
      const tooLate = clock.setTimer(() => {
        if (!room.isClosed) room.thaw();
        reject(notStored(room.roomId));
      }, settleWithinMs + answerWithinMs);
      room.settle(take);
    });
  }

  /** Hands it over, and finds out who has it. Rejects with why it goes on here. */
  async #handOver(
    room: LiveRoom,
    to: string,
    down: { readonly image: Uint8Array; readonly why: LoadReason },
  ): Promise<void> {
    const { clock, peers, claims, isOurs, rooms } = this.#parts;
    const { roomId } = room;
    const term = claims.termOf(roomId) ?? 0;
    const life = peers.get(to)?.life ?? "";
    const { image, why } = down;
    const ask = { roomId, term, image: Buffer.from(image).toString("base64"), why };
    const asked = peers.call(to, "arrive", ask);
    const refusal = refusalOf(asked);
    const found = await within(clock, answerWithinMs, asked);
    // Who has it is not for the answer to say, nor for a clock: a node that is silent may have it all the same (rule MV-2).
    const place =
      found === undefined
        ? await claims.take(roomId, term)
        : { node: to, life, term: found.answer.term };
    // The server has ended meanwhile.
    if (room.isClosed) throw new RoomlineError("unknown-room", `Room "${roomId}" is closed.`);
    if (place === undefined) {
      const detail = "The node to which the room had gone is gone.";
      rooms.host.loseRoom(room, { reason: closeReasons.roomLost, detail });
      claims.gone(roomId);
      throw new RoomlineError("unknown-room", detail);
    }
    if (isOurs(place)) {
      await this.#stay(room);
      throw refusal() ?? silent(to);
    }
    this.#goAway(room, place);
  }

  /** The room goes on here, above what the other node may have called its own. */
  async #stay(room: LiveRoom): Promise<void> {
    const { keep, rooms } = this.#parts;
    room.renumber(room.term + 2);
    await keep(room, () => rooms.host.takeImage(room))?.catch(() => undefined);
    if (!room.isClosed) room.thaw();
  }

  /** The room runs there: who reads and speaks to it here does so there from now on. */
  #goAway(room: LiveRoom, place: RoomPlace): void {
    const { clock, claims, inputs, lost, rooms } = this.#parts;
    const { roomId } = room;
    const seats = room.seatsHere;
    const replica = new Replica({
      ...{ roomId, clock, inputs },
      holder: lost.holderOf(roomId),
    });
    const to = replica.startAs(room.feed, seats);
    rooms.host.moveAway(room, to, { place, seats });
    claims.gone(roomId);
    const detail = "The node where the room lived is gone.";
    lost.take(replica, place, { reason: closeReasons.roomLost, detail });
  }
}

/** Why the node has refused, once it has; undefined: it has not. */
function refusalOf(asked: Promise<unknown>): () => RoomlineError | undefined {
  let refusal: RoomlineError | undefined;
  asked.catch((thrown: unknown) => (refusal = RoomlineError.from(thrown)));
  return () => refusal;
}

function silent(node: string): RoomlineError {
  const sentence = `Node "${node}" has not answered within ${answerWithinMs} ms: the room goes on where it was.`;
  return new RoomlineError("unavailable", sentence);
}

function goingDown(node: string): RoomlineError {
  return new RoomlineError("draining", `Node "${node}" is about to end, and takes no rooms.`);
}

function onItsWay(roomId: string): RoomlineError {
  return new RoomlineError("unavailable", `Room "${roomId}" is on its way to another node.`);
}

function notStored(roomId: string): RoomlineError {
  const sentence = `Room "${roomId}" cannot be stored now, and goes on where it is as soon as it can.`;
  return new RoomlineError("unavailable", sentence);
}

function tooLarge(roomId: string, bytes: number): RoomlineError {
  const sentence = `The image of room "${roomId}" has ${bytes} bytes: a room of more than ${imageBytesMax} stays where it is.`;
  return new RoomlineError("not-portable", sentence);
}
