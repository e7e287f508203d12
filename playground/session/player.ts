import type { JsonValue } from "@bufbuild/protobuf";
import {
  connect,
  emulateNetwork,
  RoomlineError,
  type Client,
  type ClientState,
  type EmulatedNetwork,
  type JoinOptions,
  type PersistStorage,
  type Session,
} from "roomline/client";
import { createStore, type Store } from "../../pages/store.ts";
import type { Clock } from "../../shared/clock.ts";
import type { RoomType } from "./described-contract.ts";
import { createNewestList, type NewestList } from "./newest.ts";
import { Seat, type Failure, type NoteTone, type SeatView, type StateView } from "./seat.ts";
import type { TickChanges, TimelineRow } from "./seat.ts";
import type { Outcome } from "./send-plain.ts";

/** A player as it is now. */
export interface PlayerView {
  /** The client id it asks for. */
  readonly name: string;
  /** The one it has: where clients authenticate, the server says which. */
  readonly clientId: string;
  /** What it is called in a link: without the word of this tab. */
  readonly label: string;
  /** Whether somebody typed the name: it is the label, then. */
  readonly exact: boolean;
  /** As `emulateNetwork` takes it; empty: as good as it is. */
  readonly network: string;
  /** `connecting`: also while the server is not there. */
  readonly connection: ClientState;
  /** Undefined: it has no seat, and asks for none. */
  readonly session: SeatView | undefined;
  /** The room type it was in last; empty: none. */
  readonly lastRoomType: string;
  /** Why it has no connection or no seat, when that is over for good. */
  readonly failure: Failure | undefined;
  /** Whether it shows the server a token. */
  readonly hasToken: boolean;
  readonly rttMs: number | undefined;
  readonly cuts: number;
}

/** What a player is made with. */
export interface PlayerParts {
  readonly number: number;
  /** Where the server is. */
  readonly target: string;
  readonly clock: Clock;
  readonly schedule: (run: () => void) => void;
  readonly label: string;
  readonly exact: boolean;
  /** A word of this tab, so that two tabs with the same players do not push each other out. */
  readonly tab: string;
  readonly network: string;
  /** What keeps a player over a reload, by its name. */
  readonly persistOf: (name: string) => PersistStorage | undefined;
}

/** Bounds of what is kept for the page. */
const timelineMax = 300;
const ticksMax = 60;
const pingIntervalMs = 1_000;
/** What comes is drawn this often at most, in milliseconds: a room may say thousands of things in a second. */
const calmIntervalMs = 100;

const tokenKey = "token";

/** One player: a client of its own, on a network of its own, with at most one seat. */
export class Player {
  readonly number: number;
  readonly view: Store<PlayerView>;
  readonly state: Store<StateView | undefined>;
  readonly timeline: NewestList<TimelineRow>;
  readonly changes: NewestList<TickChanges>;
  readonly #parts: PlayerParts;
  readonly #network: EmulatedNetwork;
  #label: string;
  #exact: boolean;
  #networkText = "";
  #life = new AbortController();
  #connected: Promise<Client | undefined>;
  #client: Client | undefined;
  #seat: Seat | undefined;
  #wanted: RoomType | undefined;
  #isJoining = false;
  #lastJoin = 0;
  #lastRoomType = "";
  /** Why it has no seat, and why no connection. */
  #failure: Failure | undefined;
  #unconnected: Failure | undefined;
  #token: string;

  constructor(parts: PlayerParts) {
    const { number, clock, schedule, label, exact, network } = parts;
    this.#parts = parts;
    this.number = number;
    this.#label = label;
    this.#exact = exact;
    this.#token = parts.persistOf(this.#name)?.getItem(tokenKey) ?? "";
    this.#network = emulateNetwork("", {
      onCut: () => this.#note("cut: there is no connection", "warning"),
    });
    this.view = createStore(this.#look(), schedule);
    const calmly = (run: () => void): void =>
      void clock.setTimer(() => schedule(run), calmIntervalMs);
    this.state = createStore<StateView | undefined>(undefined, calmly);
    this.timeline = createNewestList(timelineMax, calmly);
    this.changes = createNewestList(ticksMax, calmly);
    const fault = this.changeNetwork(network);
    if (fault !== undefined) this.#note(fault, "bad");
    this.#connected = this.#connect(this.#life);
  }

  /** What the room speaks that it is in or wants to be in, as it was described when it went there. */
  get roomType(): RoomType | undefined {
    return this.#wanted;
  }

  /**
   * Takes a seat, and leaves the one it has. Resolves with the id of the room; undefined when nothing came of it, which the view
   * says. Never rejects.
   */
  async join(roomType: RoomType, options: JoinOptions): Promise<string | undefined> {
    const join = ++this.#lastJoin;
    const isOld = (): boolean => join !== this.#lastJoin;
    this.#failure = undefined;
    this.#wanted = roomType;
    this.#isJoining = true;
    await this.#giveUp();
    try {
      const client = await this.#connected;
      if (client === undefined || isOld()) return undefined;
      const session = await client.join(roomType.contract, options);
      if (isOld()) {
        await session.leave();
        return undefined;
      }
      // In the same turn: what is added later misses what comes first.
      this.#enter(session, roomType);
      return session.roomId;
    } catch (thrown) {
      if (!isOld()) this.#failure = failureOf(thrown);
      return undefined;
    } finally {
      if (!isOld()) this.#isJoining = false;
      this.#show();
    }
  }

  /** Sends an input, or what the player says of itself, given as JSON. Never rejects. */
  async send(kind: string, plain: JsonValue): Promise<Outcome> {
    const seat = this.#seat;
    if (seat === undefined)
      return { ok: false, code: "session-closed", reason: "", message: "There is no seat." };
    const startMs = this.#parts.clock.now();
    const sent = seat.send(kind, plain);
    this.#show();
    const outcome = await sent;
    this.#show();
    return { ...outcome, tookMs: this.#parts.clock.now() - startMs };
  }

  async pause(): Promise<void> {
    await this.#try(() => this.#seat?.session.pause());
  }

  async resume(): Promise<void> {
    await this.#try(() => this.#seat?.session.resume());
  }

  async leave(): Promise<void> {
    this.#wanted = undefined;
    await this.#giveUp();
  }

  async #giveUp(): Promise<void> {
    const seat = this.#seat;
    this.#seat = undefined;
    await seat?.leave();
    this.#show();
  }

  /** Breaks the connection, and lets none come about for so long. */
  cut(offlineMs: number): void {
    this.#network.cut(offlineMs);
    this.#show();
  }

  /** Other conditions from now on. Returns what is wrong with them, and changes nothing then. */
  changeNetwork(conditions: string): string | undefined {
    try {
      this.#network.change(conditions);
    } catch (thrown) {
      return RoomlineError.from(thrown).message.replace(/^change: /, "");
    }
    if (conditions === this.#networkText) return undefined;
    this.#networkText = conditions;
    this.#note(conditions === "" ? "network: as good as it is" : `network: ${conditions}`, "plain");
    this.#show();
    return undefined;
  }

  /** Becomes another client of this name, without a seat. */
  async rename(name: string): Promise<void> {
    await this.close();
    this.#label = name;
    this.#exact = true;
    this.reconnect();
  }

  /** Shows this to the server from now on, and connects anew. The tab keeps it until it is closed; no link has it. */
  async useToken(token: string): Promise<void> {
    await this.close();
    this.#token = token.trim();
    this.#parts.persistOf(this.#name)?.setItem(tokenKey, this.#token);
    this.reconnect();
  }

  /** Connects anew, after the connection is over for good. */
  reconnect(): void {
    this.#life = new AbortController();
    this.#unconnected = undefined;
    this.#failure = undefined;
    this.#connected = this.#connect(this.#life);
    this.#show();
  }

  /** Says goodbye, and gives the seat up. */
  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.#lastJoin++;
    this.#isJoining = false;
    this.#seat?.end();
    this.#seat = undefined;
    this.#life.abort();
    await client?.close();
  }

  /** The client id it asks for. */
  get #name(): string {
    return this.#exact ? this.#label : `${this.#label}-${this.#parts.tab}`;
  }

  async #connect(life: AbortController): Promise<Client | undefined> {
    const { target, persistOf } = this.#parts;
    const persist = persistOf(this.#name);
    try {
      const client = await connect(target, {
        clientId: this.#name,
        ...(this.#token !== "" && { token: this.#token }),
        network: this.#network,
        persist,
        pingIntervalMs,
        connectTimeoutMs: Infinity,
        signal: life.signal,
        log: silent,
        onError: (error) => this.#note(RoomlineError.from(error).message, "bad"),
      });
      this.#client = client;
      client.onStateChange(() => this.#connectionChanged(client));
      this.#watchRoundTrip(client);
      this.#show();
      return client;
    } catch (thrown) {
      if (!life.signal.aborted) this.#unconnected = failureOf(thrown);
      this.#show();
      return undefined;
    }
  }

  #connectionChanged(client: Client): void {
    if (client !== this.#client) return;
    const { state, closeReason } = client;
    if (state === "closed") {
      const { name = "closed", meaning = "" } = closeReason ?? {};
      this.#unconnected = { code: name, message: meaning };
      this.#note(`closed: ${name}`, "bad");
    }
    this.#show();
  }

  /** The round trip changes without a word. */
  #watchRoundTrip(client: Client): void {
    const { clock } = this.#parts;
    const look = (): void => {
      if (client.state === "closed" || client !== this.#client) return;
      if (client.rttMs !== this.view.get().rttMs) this.#show();
      clock.setTimer(look, pingIntervalMs);
    };
    look();
  }

  #enter(session: Session, roomType: RoomType): void {
    this.timeline.clear();
    this.changes.clear();
    this.#lastRoomType = roomType.name;
    this.#seat = new Seat({
      session,
      roomType,
      timeline: this.timeline,
      changes: this.changes,
      state: this.state,
      note: (text, tone) => this.#note(text, tone),
      onChanged: () => this.#show(),
      onClosed: (failure) => {
        this.#failure = failure;
        this.#seat = undefined;
        this.#show();
      },
    });
  }

  #note(text: string, tone: NoteTone): void {
    this.timeline.push({ type: "note", timeMs: this.#parts.clock.wallNow(), text, tone });
  }

  async #try(work: () => Promise<void> | undefined): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      this.#note(RoomlineError.from(thrown).message, "bad");
    }
    this.#show();
  }

  #show(): void {
    this.view.set(this.#look());
  }

  #look(): PlayerView {
    const client = this.#client;
    const isOver = client === undefined && this.#unconnected !== undefined;
    return {
      name: this.#name,
      clientId: client?.clientId ?? this.#name,
      label: this.#label,
      exact: this.#exact,
      network: this.#networkText,
      connection: client?.state ?? (isOver ? "closed" : "connecting"),
      session: this.#lookAtSeat(),
      lastRoomType: this.#lastRoomType,
      failure: this.#unconnected ?? this.#failure,
      hasToken: this.#token !== "",
      rttMs: client?.rttMs,
      cuts: this.#network.cuts,
    };
  }

  #lookAtSeat(): SeatView | undefined {
    if (this.#seat !== undefined) return this.#seat.look();
    if (!this.#isJoining || this.#wanted === undefined) return undefined;
    const nowhere = { roomId: "", playerId: "", verdict: undefined };
    const roomType = this.#wanted.name;
    return { status: "joining", roomType, ...nowhere, pendingInputs: 0, throttledHz: 0 };
  }
}

function failureOf(thrown: unknown): Failure {
  const { code, message } = RoomlineError.from(thrown);
  return { code, message };
}

/** The page shows what there is to say. */
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };
