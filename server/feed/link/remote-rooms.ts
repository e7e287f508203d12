import { backoffMs, type BackoffConfig } from "../../../shared/backoff.ts";
import type { Clock, Timer } from "../../../shared/clock.ts";
import { closeReasons } from "../../../shared/close-reason.ts";
import { RoomlineError } from "../../../shared/errors.ts";
import type {
  CallAnswer,
  NodeHello,
  NodeMessage,
  RoomRows,
} from "../../../shared/gen/roomline/node/v1/node_pb.ts";
import type { RandomSource } from "../../../shared/random.ts";
import type { Transport } from "../../../shared/transport/transport.ts";
import type { Question, Questions, RoomCaller, RoomRef, SeatHold, Wish } from "../catalogue.ts";
import type { FeedEnd, HistoryAsk, HistoryPage, RoomPlace } from "../feed.ts";
import type { RoomQuery } from "../room-query.ts";
import { CallNumbers } from "./call-numbers.ts";
import { answerOfJson, writeCall, type CatalogueCalls } from "./catalogue-calls.ts";
import type { OfferedRooms } from "./edge-peer.ts";
import type { InputRingConfig } from "./input-ring.ts";
import { LinkEnd, type LinkConfig, type LinkSource, type LinkWriter } from "./link-end.ts";
import { errorOfWire } from "../record-codec.ts";
import { linkVersion, type NodeName } from "./node-name.ts";
import { Replica, type ReplicaHolder } from "./replica.ts";

/** What the rooms of another node need here. */
interface RemoteRoomsParts {
  /** Begins a link to the host. */
  readonly dial: () => Transport;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly self: NodeName;
  readonly config: LinkConfig;
  readonly backoff: BackoffConfig;
  /** How long a lost link is dialled anew before its rooms are given up. */
  readonly graceMs: number;
  readonly inputs: InputRingConfig;
  /** The host tells of its rooms. */
  readonly onRows?: (rows: RoomRows) => void;
  /** Copies of rooms that are not where they were. Default: rooms do not move. */
  readonly lost?: LostCopies | undefined;
}

/** Whoever looks for rooms that are not where they were. */
export interface LostCopies {
  /** The copy of this room that is read at this node, over whatever link. */
  find(roomId: string): Replica | undefined;
  /** The room of this copy is at this place or, if none is told, perhaps elsewhere. `end`: what to close it with if it is nowhere. */
  take(replica: Replica, place: RoomPlace | undefined, end: FeedEnd): void;
}

/** Around what is counted of a message. */
const overheadBytes = 16;

/** A question on its way. */
interface OpenCall {
  readonly method: string;
  readonly json: string;
  readonly resolve: (json: string) => void;
  readonly reject: (error: RoomlineError) => void;
}

/**
 * The rooms of another node, over a link. A link that is lost is not repaired: it is dialled again, and both ends go on from
 * where they stand; so players notice nothing but a delay.
 */
export class RemoteRooms implements OfferedRooms, LinkSource {
  readonly #parts: RemoteRoomsParts;
  readonly #replicas = new Map<string, Replica>();
  readonly #byNumber = new Map<number, Replica>();
  readonly #calls = new Map<bigint, OpenCall>();
  /** Calls that the host has not been told of on this link. */
  readonly #unsaidCalls = new Set<bigint>();
  /** Feeds that nobody here reads any more, of which the host has not been told on this link. */
  #unsaidCloses: number[] = [];
  /** Of calls, and of Joins. */
  readonly #numbersOfCalls = new CallNumbers();
  #link: LinkEnd | undefined;
  /** Whether the host has said who it is on this link. */
  #isUp = false;
  #hostLife = "";
  #numbers = 0;
  #attempts = 0;
  /** How often everything was given up: the host is to forget what it had of us before. */
  #givenUp = 0;
  #redial: Timer | undefined;
  #giveUp: Timer | undefined;
  #stopped = false;

  constructor(parts: RemoteRoomsParts) {
    this.#parts = parts;
  }

  /** Copies of rooms that are held. */
  get replicas(): number {
    return this.#replicas.size;
  }

  /** Whether the host can be spoken to. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** Whether rooms can be read here: the node is not given up. */
  get isOpen(): boolean {
    return !this.#stopped;
  }

  /** Begins to dial. */
  start(): void {
    this.#dial();
  }

  /** Ends the link, and every room that was read over it. */
  stop(): void {
    this.#stop({ reason: closeReasons.draining, detail: "The node stopped." });
  }

  /** The host is dead, and its rooms with it, but for those that have gone to others. */
  lose(): void {
    const end = { reason: closeReasons.roomLost, detail: "The node where the room lived is gone." };
    this.#lookForAll(end);
    this.#stop(end);
  }

  #stop(end: FeedEnd): void {
    this.#stopped = true;
    this.#redial?.cancel();
    this.#giveUp?.cancel();
    this.#link?.close(closeReasons.draining, "");
    this.#closeAll(end);
  }

  async open(query: RoomQuery, caller: RoomCaller, wish?: Wish): Promise<RoomRef> {
    const { roomId } = await this.#ask("open", { query, caller });
    if (wish?.isWanted !== false) return this.find(roomId);
    throw new RoomlineError("unknown-room", "Nobody wants the room any more.");
  }

  find(roomId: string): RoomRef | Promise<RoomRef> {
    const known = this.#replicas.get(roomId) ?? this.#parts.lost?.find(roomId);
    if (known !== undefined) return known.room();
    if (this.#stopped) return Promise.reject(unavailable());
    const { clock, inputs } = this.#parts;
    const replica: Replica = new Replica({
      ...{ roomId, clock, inputs },
      holder: this.#holderOf(roomId, () => replica),
    });
    this.#hold(replica);
    return replica.room();
  }

  /** The copy of a room that is held here. */
  copyOf(roomId: string): Replica | undefined {
    return this.#replicas.get(roomId);
  }

  /** The room of this copy is at this node, under the claim with this term: it is read here from now on. */
  take(replica: Replica, term: number): void {
    const { roomId } = replica;
    replica.rehome(
      this.#holderOf(roomId, () => replica),
      term,
    );
    this.#hold(replica);
  }

  #hold(replica: Replica): void {
    this.#replicas.set(replica.roomId, replica);
    this.#byNumber.set(replica.number, replica);
    if (this.#link !== undefined && this.#isUp) replica.attach(this.#link);
  }

  #holderOf(roomId: string, replica: () => Replica): ReplicaHolder {
    const number = ++this.#numbers;
    const letGo = (): void => {
      this.#replicas.delete(roomId);
      this.#byNumber.delete(number);
      // Without a link, the next hello tells it.
      if (this.#link !== undefined) this.#unsaidCloses.push(number);
      this.#mark();
    };
    const { lost } = this.#parts;
    const onGone = (place: RoomPlace | undefined): boolean => {
      if (lost === undefined) return false;
      letGo();
      lost.take(replica(), place, { reason: closeReasons.roomClosed, detail: "" });
      return true;
    };
    const readHistory = (ask: HistoryAsk): Promise<HistoryPage> =>
      this.ask(roomId, { kind: "history", ...ask });
    return { number, calls: this.#numbersOfCalls, onOver: letGo, onGone, readHistory };
  }

  /** Asks the host something else. Rejects with what it answers, or `unavailable` when it cannot be reached. */
  call(method: string, json: string): Promise<string> {
    if (this.#stopped) return Promise.reject(unavailable());
    return new Promise((resolve, reject) => {
      const number = this.#numbersOfCalls.next();
      this.#calls.set(number, { method, json, resolve, reject });
      if (!this.#isUp) return;
      this.#unsaidCalls.add(number);
      this.#mark();
    });
  }

  async reserve(roomId: string, hold: SeatHold): Promise<string> {
    return (await this.#ask("reserve", { roomId, hold })).secret;
  }

  async ask<K extends keyof Questions>(
    roomId: string,
    question: Question<K>,
  ): Promise<Questions[K]["answer"]> {
    // A question of one kind is one of all kinds, which the compiler does not see for a kind it does not know.
    const asked = question as Question;
    const { answer } = await this.#ask("ask", { roomId, question: asked });
    return answerOfJson(asked.kind, answer) as Questions[K]["answer"];
  }

  async #ask<M extends keyof CatalogueCalls>(
    method: M,
    ask: CatalogueCalls[M]["ask"],
  ): Promise<CatalogueCalls[M]["answer"]> {
    return JSON.parse(await this.call(method, writeCall(ask))) as CatalogueCalls[M]["answer"];
  }

  #dial(): void {
    const { dial, clock, config, self, graceMs } = this.#parts;
    this.#giveUp ??= clock.setTimer(() => this.#onGraceOver(), graceMs);
    const link: LinkEnd = new LinkEnd(dial(), {
      clock,
      config,
      user: {
        onMessage: (body) => this.#onMessage(body, link),
        onClosed: () => this.#onClosed(),
      },
    });
    this.#link = link;
    const hello = {
      version: linkVersion,
      node: self.node,
      life: self.life,
      givenUp: this.#givenUp,
      feeds: [...this.#byNumber.keys()],
    };
    link.send({ case: "hello", value: hello });
    link.open();
  }

  /** The host cannot be reached: what was there is given up. It hears so from the next hello, on the next link. */
  #onGraceOver(): void {
    this.#giveUp = undefined;
    this.#givenUp++;
    this.#link?.close(closeReasons.draining, "The host does not answer.");
    const detail = "The node where the room lives cannot be reached.";
    this.#closeAll({ reason: closeReasons.roomLost, detail });
  }

  #onClosed(): void {
    this.#link = undefined;
    this.#isUp = false;
    this.#unsaidCalls.clear();
    this.#unsaidCloses = [];
    for (const replica of this.#byNumber.values()) replica.detach();
    if (this.#stopped) return;
    const { clock, backoff, random } = this.#parts;
    const waitMs = backoffMs(backoff, this.#attempts++, random);
    this.#redial = clock.setTimer(() => this.#dial(), waitMs);
  }

  #onMessage(body: NodeMessage["body"], link: LinkEnd): void {
    if (!this.#isUp && body.case !== "hello" && body.case !== "beat") {
      link.close(closeReasons.protocolError, "A link begins with a hello.");
      return;
    }
    switch (body.case) {
      case "hello":
        this.#onHello(body.value, link);
        return;
      case "feedOpened":
        this.#byNumber.get(body.value.feed)?.onOpened(body.value);
        return;
      case "feedCommit":
        this.#byNumber.get(body.value.feed)?.onCommit(body.value);
        return;
      case "fetchedPatch":
        this.#byNumber.get(body.value.feed)?.onFetched(body.value);
        return;
      case "seatTaken":
        this.#byNumber.get(body.value.feed)?.onTaken(body.value);
        return;
      case "seatRefused":
        this.#byNumber.get(body.value.feed)?.onRefused(body.value);
        return;
      case "seatRebound":
        this.#byNumber.get(body.value.feed)?.onRebound(body.value);
        return;
      case "feedMoved":
        this.#byNumber.get(body.value.feed)?.onMoved(body.value);
        return;
      case "feedClosed":
        this.#byNumber.get(body.value.feed)?.onClosed(body.value);
        return;
      case "callAnswer":
        this.#onAnswer(body.value);
        return;
      case "roomRows":
        this.#parts.onRows?.(body.value);
        return;
      default:
        // Of a later version, or not for an edge.
        return;
    }
  }

  #onHello({ version, life }: NodeHello, link: LinkEnd): void {
    if (version !== linkVersion || this.#isUp) {
      link.close(closeReasons.unsupportedVersion, "");
      return;
    }
    this.#giveUp?.cancel();
    this.#giveUp = undefined;
    this.#attempts = 0;
    this.#isUp = true;
    if (this.#hostLife !== "" && this.#hostLife !== life) this.#closeBegun();
    this.#hostLife = life;
    for (const replica of this.#byNumber.values()) replica.attach(link);
    for (const number of this.#calls.keys()) this.#unsaidCalls.add(number);
    this.#mark();
  }

  /** Whoever has read a room here may find it elsewhere. */
  #lookForAll(end: FeedEnd): void {
    const { lost } = this.#parts;
    if (lost === undefined) return;
    for (const [number, replica] of [...this.#byNumber]) {
      if (!replica.isBegun) continue;
      this.#byNumber.delete(number);
      this.#replicas.delete(replica.roomId);
      lost.take(replica, undefined, end);
    }
  }

  /** Another start of the host knows nothing of the rooms of the one before. */
  #closeBegun(): void {
    const end = { reason: closeReasons.roomLost, detail: "Its node was started anew." };
    this.#lookForAll(end);
    for (const replica of [...this.#byNumber.values()]) if (replica.isBegun) replica.close(end);
  }

  #onAnswer({ call: number, json, failure }: CallAnswer): void {
    const call = this.#calls.get(number);
    this.#calls.delete(number);
    this.#numbersOfCalls.over(number);
    if (failure === undefined) call?.resolve(json);
    else call?.reject(errorOfWire(failure));
  }

  pull(out: LinkWriter): boolean {
    const closes = this.#unsaidCloses.splice(0, Math.ceil(out.room / overheadBytes));
    for (const feed of closes) out.add({ case: "closeFeed", value: { feed } }, overheadBytes);
    for (const call of this.#unsaidCalls) {
      if (out.room <= 0) return true;
      this.#unsaidCalls.delete(call);
      const open = this.#calls.get(call);
      if (open === undefined) continue;
      const { method, json } = open;
      const { openFrom } = this.#numbersOfCalls;
      out.add(
        { case: "call", value: { call, method, json, openFrom } },
        json.length + overheadBytes,
      );
    }
    return this.#unsaidCloses.length > 0;
  }

  /** There is something to say, which has to wait for the host's hello. */
  #mark(): void {
    if (this.#isUp) this.#link?.mark(this);
  }

  #closeAll(end: FeedEnd): void {
    const error = unavailable();
    for (const replica of [...this.#byNumber.values()]) replica.close(end, error);
    for (const [number, { reject }] of this.#calls) {
      this.#numbersOfCalls.over(number);
      reject(error);
    }
    this.#calls.clear();
  }
}

function unavailable(): RoomlineError {
  return new RoomlineError("unavailable", "The node where the rooms live cannot be reached.");
}
