import type { Contract } from "../../shared/contract/contract.ts";
import type { Engine } from "../../server/engine.ts";
import { isFor, type Audience } from "../../server/feed/feed.ts";
import type { RoomType } from "../../server/room/define-room.ts";
import type { LiveRoom } from "../../server/room/live-room.ts";
import type { InputInfo, Player, Room } from "../../server/room/room-api.ts";
import { pictureOf, type Picture } from "./rows.ts";

/** Inputs as a room has handled them. */
export interface HandledInput {
  readonly kind: string;
  readonly seq: number;
}

/** Pictures of a room's state that are kept: a player's may be older by as much as its network is slow. */
const picturesMax = 2_000;

/** One life of the room, as it was itself: what its players have seen is compared with it. */
export class RecordedLife {
  #room: LiveRoom;
  readonly #contract: Contract;
  readonly #entries: { readonly cursor: number; readonly audience: Audience | undefined }[] = [];
  readonly #pictures = new Map<number, Picture>();
  #tick = 0;
  /** Commits so far. */
  commits = 0;

  /** `onMoved`: the room goes on as another instance, which it returns. */
  constructor(room: LiveRoom, contract: Contract, onMoved: (from: LiveRoom) => LiveRoom) {
    this.#room = room;
    this.#contract = contract;
    room.feed.follow({
      watches: 0,
      onAdvance: () => this.#look(),
      onMoved: () => void (this.#room = onMoved(this.#room)),
      onClosed: () => this.#look(),
    });
    this.#look();
  }

  /** The room, as the instance that it is now. */
  get room(): LiveRoom {
    return this.#room;
  }

  get epoch(): string {
    return this.room.feed.about.epoch;
  }

  /** Cursor of the newest event. */
  get head(): number {
    return this.room.feed.log.head;
  }

  /** Tick of the newest state. */
  get tick(): number {
    return this.#tick;
  }

  /** The state as it was shown at this tick, unless that is long ago. */
  picture(tick: number): Picture | undefined {
    return this.#pictures.get(tick);
  }

  /** The first of these events that were not for a player; undefined when all were. */
  notFor(playerId: string, cursors: ReadonlySet<number>): number | undefined {
    const strange = this.#entries.find(
      ({ cursor, audience }) => cursors.has(cursor) && !isFor(audience, playerId),
    );
    return strange?.cursor;
  }

  /** Cursors of the events for a player, after one and up to another. */
  cursorsFor(playerId: string, after: number, upTo: number): number[] {
    return this.#entries
      .filter(
        ({ cursor, audience }) => cursor > after && cursor <= upTo && isFor(audience, playerId),
      )
      .map(({ cursor }) => cursor);
  }

  /** Something has been committed, and nothing has happened since. */
  #look(): void {
    const { feed, context } = this.room;
    this.commits++;
    const known = this.#entries.at(-1)?.cursor ?? 0;
    for (let cursor = Math.max(known + 1, feed.log.first); cursor <= feed.log.head; cursor++) {
      const entry = feed.log.get(cursor);
      if (entry !== undefined) this.#entries.push({ cursor, audience: entry.audience });
    }
    if (feed.stateTick === this.#tick) return;
    this.#tick = feed.stateTick;
    this.#pictures.set(this.#tick, pictureOf(this.#contract, context.state));
    if (this.#pictures.size <= picturesMax) return;
    const [oldest] = this.#pictures.keys();
    if (oldest !== undefined) this.#pictures.delete(oldest);
  }
}

/** What the room of a simulation has done. */
export class Recorder {
  readonly #contract: Contract;
  readonly #onFault: (what: string) => void;
  readonly #handled = new WeakMap<Player, HandledInput[]>();
  #life: RecordedLife | undefined;
  /** Inputs handled in the whole run. */
  inputs = 0;

  constructor(contract: Contract, onFault: (what: string) => void) {
    this.#contract = contract;
    this.#onFault = onFault;
  }

  /** The room's newest life; undefined before the first. */
  get life(): RecordedLife | undefined {
    return this.#life;
  }

  /** The room type, with its handlers watched. */
  watched({ contract, definition }: RoomType): RoomType {
    const { onInput = {} } = definition;
    const handlers = Object.keys(contract.inputs).map((kind) => {
      const handler = onInput[kind] as (...given: readonly unknown[]) => unknown;
      const watched = (room: Room, player: Player, input: unknown, info: InputInfo): unknown => {
        this.#note(player, { kind, seq: info.seq });
        return Reflect.apply(handler, onInput, [room, player, input, info]);
      };
      return [kind, watched] as const;
    });
    // Its own hooks are those of its prototype, be it an object of a class.
    const own = Object.create(definition, {
      onInput: { value: Object.fromEntries(handlers), enumerable: true },
    }) as RoomType["definition"];
    return { contract, definition: own };
  }

  /** Looks whether there is a room, or another one. */
  follow(engine: Pick<Engine, "rooms">, roomId: string): RecordedLife | undefined {
    const room = engine.rooms.get(roomId);
    if (room !== undefined && room !== this.#life?.room)
      this.#life = new RecordedLife(room, this.#contract, (from) =>
        this.#moved(from, engine.rooms.get(roomId) ?? from),
      );
    return this.#life;
  }

  /** Its players are other objects, and the same players. */
  #moved(from: LiveRoom, to: LiveRoom): LiveRoom {
    for (const [id, player] of from.context.players) {
      const list = this.#handled.get(player);
      const same = to.context.players.get(id);
      if (list !== undefined && same !== undefined) this.#handled.set(same, list);
    }
    return to;
  }

  /** What has been handled of the seat that a player has now, in order. */
  handledOf(player: Player): readonly HandledInput[] {
    return this.#handled.get(player) ?? [];
  }

  #note(player: Player, input: HandledInput): void {
    const list = this.#handled.get(player) ?? [];
    this.#handled.set(player, list);
    this.inputs++;
    const last = list.at(-1)?.seq ?? 0;
    if (input.seq > 0 && input.seq <= last)
      this.#onFault(
        `the room was given input ${input.seq} (${input.kind}) of ${player.id} after input ${last}`,
      );
    if (input.seq > 0) list.push(input);
  }
}
