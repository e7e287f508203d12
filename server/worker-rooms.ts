import { closeReasons } from "../shared/close-reason.ts";
import { RoomlineError } from "../shared/errors.ts";
import type { EngineConfig } from "./config.ts";
import type { Engine } from "./engine.ts";
import type { NodeDirectory, RoomClaim } from "./nodes/directory.ts";
import type { ServerNode } from "./nodes/node.ts";
import type { KeepRoom } from "./nodes/room-moves.ts";
import { readReturning, renumber, tellFault } from "./store/read-room.ts";
import { RoomWriters } from "./store/room-writers.ts";
import type { RoomStore } from "./store/room-store.ts";
import type { KeptRooms } from "./stored-rooms.ts";
import type { LeftRoom, PickUpAnswer, PickUpAsk, PickUpRoom } from "./workers/recovery.ts";

interface WorkerRoomsParts {
  readonly config: EngineConfig;
  /** The store of all workers, as this one reaches it. */
  readonly store: RoomStore;
  readonly directory: Pick<NodeDirectory, "findRoom">;
  readonly isOurs: (claim: RoomClaim) => boolean;
}

/** How many rooms are picked up in one go: less than players of others notice. */
const atATime = 8;

/**
 * The stored rooms of one of several workers: which it has says its primary, which has the store. They are written while they go on, also
 * when they have come from another worker, and put down at the end of this one: others then go on with them.
 */
export class WorkerRooms implements KeptRooms {
  readonly #parts: WorkerRoomsParts;
  readonly #writers: RoomWriters;
  #rooms: Engine["rooms"] | undefined;
  #node: Pick<ServerNode, "recover"> | undefined;

  constructor(parts: WorkerRoomsParts) {
    this.#parts = parts;
    const { config, store } = parts;
    const onRefused = (roomId: string): void => void this.#lookWhose(roomId);
    this.#writers = new RoomWriters({ ...config, store, onRefused });
  }

  get engineParts(): KeptRooms["engineParts"] {
    return this.#writers.events;
  }

  /** Has the store take a room that is about to go on here. */
  readonly keep: KeepRoom = (room, image) => this.#writers.keep(room, image);

  begin(engine: Pick<Engine, "rooms" | "counters" | "journal">): Promise<void> {
    this.#rooms = engine.rooms;
    const { roomTypes, log } = this.#parts.config;
    const sleepy = [...roomTypes.values()].flatMap(({ type, sleepAfterMs }) =>
      sleepAfterMs < Infinity ? type : [],
    );
    if (sleepy.length > 0)
      log.warn(
        { roomTypes: sleepy },
        "rooms of a server with several workers do not sleep: sleepAfterMs has no effect",
      );
    this.#writers.begin(engine);
    this.#writers.follow(engine.rooms);
    return Promise.resolve();
  }

  /** What this worker is among the others. */
  join(node: Pick<ServerNode, "recover">): void {
    this.#node = node;
  }

  /** What is stored of these rooms is not to be written over: they could not be picked up, here or elsewhere. */
  setAside(roomIds: readonly string[]): void {
    for (const roomId of roomIds) this.#writers.setAside.add(roomId);
  }

  /** Has rooms go on here whose host is dead. Resolves, when those that can do, to the others, and why. */
  async pickUp(ask: PickUpAsk): Promise<PickUpAnswer> {
    const left: LeftRoom[] = [];
    const going: Promise<void>[] = [];
    for (const [index, room] of ask.rooms.entries()) {
      if (index > 0 && index % atATime === 0) await this.#aMoment();
      going.push(
        this.#pickUp(room).catch((thrown: unknown) => {
          const { code, message } = RoomlineError.from(thrown);
          left.push({ roomId: room.stored.roomId, code, message });
        }),
      );
    }
    await Promise.all(going);
    return { left };
  }

  putDown(): void {
    // Who reads them at other workers looks for them there, once this one is gone.
    this.#writers.putDown();
  }

  end(): Promise<void> {
    return this.#writers.end([]);
  }

  async #pickUp({ stored, term, isOfBefore, mayLackTail }: PickUpRoom): Promise<void> {
    const { config } = this.#parts;
    const { roomId } = stored;
    const [node, rooms] = [this.#node, this.#rooms];
    if (node === undefined || rooms === undefined) throw new Error("The worker has not begun.");
    await node.recover({ roomId, term }, () => {
      const room = readReturning(stored, config, mayLackTail);
      this.#writers.remember(stored);
      if (isOfBefore) renumber(room.image, term);
      const arriving = rooms.receiveRoom(room.config, room.image, room.how);
      tellFault(config.log, room);
      return arriving;
    });
  }

  /** Nothing was stored of this room, for another worker had it at that moment: if it has it still, here it is over. */
  async #lookWhose(roomId: string): Promise<void> {
    const { directory, isOurs, config } = this.#parts;
    const claim = await directory.findRoom(roomId);
    const room = this.#rooms?.get(roomId);
    if (room === undefined || (claim !== undefined && isOurs(claim))) return;
    const detail = "The room is at another node by now.";
    config.log.error({ room: roomId }, `room-moved: ${detail} Here it is over`);
    this.#rooms?.loseRoom(room, { reason: closeReasons.roomLost, detail });
  }

  #aMoment(): Promise<void> {
    return new Promise((resolve) => void this.#parts.config.clock.setTimer(resolve, 0));
  }
}
