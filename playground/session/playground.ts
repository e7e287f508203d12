import type { PersistStorage } from "roomline/client";
import { parseJsonText } from "../../pages/json-text.ts";
import { createStore, type Store } from "../../pages/store.ts";
import type { TokenStore } from "../../pages/token-store.ts";
import type { Clock } from "../../shared/clock.ts";
import { playersMax, type Linked, type LinkedPlayer, type Wish } from "./address.ts";
import type { RoomType } from "./described-contract.ts";
import { freeName } from "./names.ts";
import { Player } from "./player.ts";
import { watchServer, type ServerWatch } from "./server.ts";

/** What the page is made of: what it shows, and what it can do. */
export interface Playground {
  /** Where the server is. */
  readonly target: string;
  readonly clock: Clock;
  readonly server: ServerWatch;
  /** The room that is wanted; undefined: none yet. */
  readonly wish: Store<Wish | undefined>;
  /** Why nobody can go there; empty: nothing is known against it. */
  readonly problem: Store<string>;
  readonly players: Store<readonly Player[]>;
  /** Takes an operator's token, and asks the server again. */
  useToken(token: string): void;
  /** All players go there; without any, one is added. */
  join(wish: Wish): void;
  /** One more player, in the room the others are in. */
  addPlayer(): void;
  removePlayer(player: Player): void;
  /** The player takes a seat again, after it has lost it or its connection. */
  rejoin(player: Player): void;
  rename(player: Player, name: string): void;
  /** What a link to the page as it is says. */
  linked(): Linked;
  /** The page becomes what a link says. */
  follow(linked: Linked): void;
  /** Ends all players, and asks the server for nothing more. */
  stop(): void;
}

/** What a {@link Playground} works with. */
interface PlaygroundParts {
  readonly target: string;
  /** A word of this tab, so that two tabs with the same players do not push each other out. */
  readonly tab: string;
  readonly token: TokenStore;
  readonly clock: Clock;
  readonly schedule: (run: () => void) => void;
  /** What keeps a player over a reload, by its name. */
  readonly persistOf: (name: string) => PersistStorage | undefined;
}

/** Starts the playground. */
export function startPlayground(parts: PlaygroundParts): Playground {
  return new PlayingGround(parts);
}

class PlayingGround implements Playground {
  readonly target: string;
  readonly clock: Clock;
  readonly server: ServerWatch;
  readonly wish: Store<Wish | undefined>;
  readonly problem: Store<string>;
  readonly players: Store<readonly Player[]>;
  readonly #parts: PlaygroundParts;
  /** The room the first player finds, for those who come after; of the wish there is now. */
  #leading: Promise<string | undefined> | undefined;
  /** Those that want a room of which nothing is known yet. */
  readonly #waiting = new Set<Player>();
  #lastNumber = 0;

  constructor(parts: PlaygroundParts) {
    const { target, clock, schedule, token } = parts;
    this.#parts = parts;
    this.target = target;
    this.clock = clock;
    this.wish = createStore<Wish | undefined>(undefined, schedule);
    this.problem = createStore("", schedule);
    this.players = createStore<readonly Player[]>([], schedule);
    this.server = watchServer({ target, token: () => token.get(), clock, schedule });
    // What is wanted may have waited for the types.
    this.server.types.subscribe(() => {
      this.#seatWaiting();
      this.#seatChanged();
    });
    this.server.rooms.subscribe(() => this.#seatWaiting());
  }

  useToken(token: string): void {
    this.#parts.token.set(token);
    this.server.restart();
  }

  join(wish: Wish): void {
    this.#leading = undefined;
    this.problem.set("");
    this.wish.set(wish);
    if (this.players.get().length === 0)
      this.#add({ name: freeName([]), exact: false, network: "" });
    for (const player of this.players.get()) void this.#seat(player);
  }

  addPlayer(): void {
    const players = this.players.get();
    if (players.length >= playersMax) return;
    const taken = players.map((player) => this.#linkedPlayer(player).name);
    void this.#seat(this.#add({ name: freeName(taken), exact: false, network: "" }));
  }

  removePlayer(player: Player): void {
    this.players.set(this.players.get().filter((other) => other !== player));
    this.#waiting.delete(player);
    void player.close();
  }

  rejoin(player: Player): void {
    if (player.view.get().connection === "closed") player.reconnect();
    this.#leading = undefined;
    void this.#seat(player);
  }

  rename(player: Player, name: string): void {
    void player.rename(name).then(() => this.#seat(player));
  }

  linked(): Linked {
    const players = this.players.get().map((player) => this.#linkedPlayer(player));
    return { wish: this.wish.get(), players };
  }

  follow({ wish, players }: Linked): void {
    for (const player of this.players.get()) this.removePlayer(player);
    for (const player of players) this.#add(player);
    if (wish !== undefined) this.join(wish);
    else this.wish.set(undefined);
  }

  stop(): void {
    for (const player of this.players.get()) this.removePlayer(player);
    this.server.stop();
  }

  #add({ name, exact, network }: LinkedPlayer): Player {
    const { target, tab, clock, schedule, persistOf } = this.#parts;
    const player = new Player({
      number: ++this.#lastNumber,
      ...{ target, tab, clock, schedule, label: name, exact, network, persistOf },
    });
    this.players.set([...this.players.get(), player]);
    return player;
  }

  #linkedPlayer(player: Player): LinkedPlayer {
    const { label, exact, network } = player.view.get();
    return { name: label, exact, network };
  }

  /** The server has said more of what there is. */
  #seatWaiting(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const player of waiting) void this.#seat(player);
  }

  /** Those in a room whose type speaks of other things than when they came: it was changed, and the server started anew. */
  #seatChanged(): void {
    const types = this.server.types.get() ?? [];
    for (const player of this.players.get()) {
      const { roomType } = player;
      const now = types.find(({ name }) => name === roomType?.name);
      if (now !== undefined && now !== roomType) void this.#seat(player);
    }
  }

  /** The first goes as wished, the others after it into the same room. */
  async #seat(player: Player): Promise<void> {
    const wish = this.wish.get();
    const roomType = wish && this.#roomTypeOf(wish);
    if (wish === undefined) return;
    if (roomType === undefined) {
      this.#waiting.add(player);
      return;
    }
    const options = parseJsonText(wish.options);
    if (!options.ok) {
      this.problem.set(options.message);
      return;
    }
    const given = wish.options.trim() === "" ? {} : { options: options.value };
    const name = roomType.name;
    if (wish.roomId !== "" && wish.mode !== "create") {
      const asked = { roomId: wish.roomId, mode: wish.mode, ...given };
      await player.join(roomType, wish.roomType === "" ? asked : { roomType: name, ...asked });
      return;
    }
    if (this.#leading !== undefined) {
      // Afterwards another room is wanted: the one that was found. When none was, this player leads.
      await this.#leading;
      await this.#seat(player);
      return;
    }
    const named = wish.roomId === "" ? {} : { roomId: wish.roomId };
    this.#leading = player.join(roomType, { roomType: name, mode: wish.mode, ...named, ...given });
    const found = await this.#leading;
    if (wish !== this.wish.get()) return;
    this.#leading = undefined;
    // From now on it is this room that is wanted, also by who opens the link.
    if (found !== undefined)
      this.wish.set({ ...wish, roomType: name, roomId: found, mode: "join-or-create" });
  }

  /** The type of the room; undefined, and the problem says why, when it is not known. */
  #roomTypeOf({ roomType, roomId }: Wish): RoomType | undefined {
    const types = this.server.types.get();
    if (types === undefined) return undefined;
    const name = roomType === "" ? this.server.rooms.get().get(roomId)?.roomType : roomType;
    const found = types.find((type) => type.name === name);
    this.problem.set(
      found !== undefined
        ? ""
        : name === undefined
          ? `There is no room ${roomId} in the list: choose its type, too.`
          : `This server has no rooms of type ${name}.`,
    );
    return found;
  }
}
