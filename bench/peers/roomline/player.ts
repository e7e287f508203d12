import { create, fromBinary, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { encodeClientMessage, writeAck, writeInput } from "../../../shared/codec/client-frame.ts";
import { decodeServerFrame, type ServerFrameSink } from "../../../shared/codec/server-frame.ts";
import {
  ClientFrameSchema,
  Verdict,
  type ClientMessageSchema,
  type Welcome,
} from "../../../shared/gen/roomline/v1/realtime_pb.ts";
import { protocolVersion } from "../../../shared/limits.ts";
import { WireWriter } from "../../../shared/wire/wire-writer.ts";
import { SaidSchema, SteerSchema } from "../../gen/roomline/bench/v1/bench_pb.ts";
import type { Link, OpenLink } from "../../links/link.ts";
import { steeringOf } from "../../workloads/arena-rules.ts";
import type { Player, PlayerEvents, PlayerPlan, Recovery } from "../player.ts";
import { cacheSteer } from "../steer-cache.ts";
import { createSeat, viewOf, type Seat } from "./seat.ts";

/** As often as Roomline's own client acknowledges events. */
const ackIntervalMs = 1_000;
/** The only input, and the only event, of both contracts. */
const inputKind = 1;

/** Joins all rooms of a plan over one stream. */
export async function joinRoomline(
  plan: PlayerPlan,
  events: PlayerEvents,
  open: OpenLink,
): Promise<Player> {
  const player = new RoomlinePlayer({ plan, events, open });
  await player.join();
  return player;
}

/** The inputs of one tick to all rooms, in one frame. The arena's own count of inputs is the protocol's. */
const steerFrame = cacheSteer((seq, seats) => {
  const payload = toBinary(SteerSchema, create(SteerSchema, steeringOf(seq)));
  const writer = new WireWriter();
  for (let seat = 0; seat < seats; seat++) {
    const sessionId = `${seat}`;
    writeInput(writer, {
      sessionId,
      ackCursor: 0,
      seq,
      kind: inputKind,
      payload,
      wantsReply: false,
    });
  }
  return writer.copy();
});

interface PlayerParts {
  readonly plan: PlayerPlan;
  readonly events: PlayerEvents;
  readonly open: OpenLink;
}

/** Speaks the wire format, with the codecs both ends share; what the engine's own client adds on top is left out. */
class RoomlinePlayer implements Player {
  readonly #parts: PlayerParts;
  readonly #seats: readonly Seat[];
  readonly #writer = new WireWriter();
  readonly #sink: ServerFrameSink;
  readonly recovery: Recovery = { cut: () => this.#cut(), comeBack: () => this.#comeBack() };
  #link: Link | undefined;
  /** Over connections that are gone. */
  #bytesBefore = 0;
  #resumeToken = "";
  /** Seats whose room has yet to answer. */
  #toSettle = 0;
  #onSettled = (): void => undefined;
  #onRefused = (_reason: Error): void => undefined;

  constructor(parts: PlayerParts) {
    const { plan } = parts;
    this.#parts = parts;
    this.#seats = plan.rooms.map((_, index) => createSeat(index, plan.looks));
    this.#sink = this.#createSink();
  }

  get bytesRead(): number {
    return this.#bytesBefore + (this.#link?.socket.bytesRead ?? 0);
  }

  async join(): Promise<void> {
    const { name, rooms, game } = this.#parts.plan;
    const hello = { protocolVersion, clientId: name, sdk: "bench" };
    await this.#connect([
      { body: { case: "hello", value: hello } },
      ...rooms.map((roomId, index) => ({
        sessionId: `${index}`,
        body: { case: "join" as const, value: { roomId, roomType: game } },
      })),
    ]);
    if (game === "chat") setInterval(() => this.#acknowledge(), ackIntervalMs);
  }

  #cut(): void {
    const cut = this.#link?.socket;
    this.#link = undefined;
    this.#bytesBefore += cut?.bytesRead ?? 0;
    cut?.destroy();
  }

  #comeBack(): Promise<void> {
    const sessions = this.#seats.map(({ sessionId, epoch, cursor }) => ({
      sessionId,
      position: { epoch, cursor: BigInt(cursor) },
    }));
    const clientId = this.#parts.plan.name;
    const resumeToken = this.#resumeToken;
    const hello = { protocolVersion, clientId, sdk: "bench", resumeToken, sessions };
    return this.#connect([{ body: { case: "hello", value: hello } }]);
  }

  /** Opens a link that begins with these messages; resolves when every seat is live. */
  async #connect(messages: MessageInitShape<typeof ClientMessageSchema>[]): Promise<void> {
    const { plan, open } = this.#parts;
    this.#toSettle = this.#seats.length;
    const settled = new Promise<void>((resolve, reject) => {
      this.#onSettled = resolve;
      this.#onRefused = reject;
    });
    settled.catch(() => undefined);
    const link: Link = await open(plan.port, {
      onMessage: (frame) => decodeServerFrame(frame, this.#sink),
      onEnd: (reason) => {
        if (this.#link === link) this.#fail(reason);
      },
    });
    this.#link = link;
    link.send(toBinary(ClientFrameSchema, create(ClientFrameSchema, { messages })));
    await settled;
  }

  steer(seq: number): void {
    this.#link?.send(steerFrame(seq, this.#seats.length));
  }

  say(index: number, text: string): void {
    const seat = this.#seats[index];
    if (seat === undefined) return;
    this.#writer.pos = 0;
    this.#writeInput(seat, toBinary(SaidSchema, create(SaidSchema, { text })));
    this.#link?.send(this.#writer.copy());
  }

  stopReading(): void {
    this.#link?.socket.pause();
  }

  #writeInput(seat: Seat, payload: Uint8Array): void {
    const { sessionId, cursor } = seat;
    const ackCursor = cursor > seat.ackedCursor ? cursor : 0;
    seat.ackedCursor = cursor;
    const seq = ++seat.inputSeq;
    writeInput(this.#writer, {
      sessionId,
      ackCursor,
      seq,
      kind: inputKind,
      payload,
      wantsReply: false,
    });
  }

  #acknowledge(): void {
    this.#writer.pos = 0;
    for (const seat of this.#seats) {
      if (seat.cursor === seat.ackedCursor) continue;
      seat.ackedCursor = seat.cursor;
      writeAck(this.#writer, seat.sessionId, seat.cursor);
    }
    if (this.#writer.pos > 0) this.#link?.send(this.#writer.copy());
  }

  #createSink(): ServerFrameSink {
    const { plan, events } = this.#parts;
    const { looks, name } = plan;
    const seats = this.#seats;
    return {
      onHeader: () => undefined,
      onState({ sessionId }, state) {
        const index = Number(sessionId);
        events.onUpdate(index);
        const mirror = seats[index]?.mirror;
        if (mirror === undefined) return;
        if (mirror.apply(state) === "base-mismatch") events.onLost("a patch without its base came");
        events.onView(index, viewOf(mirror, name));
      },
      onEvent({ sessionId }, { cursor, payload }) {
        const index = Number(sessionId);
        const seat = seats[index];
        if (seat !== undefined) seat.cursor = cursor;
        events.onDelivery(index);
        if (looks) events.onText(index, fromBinary(SaidSchema, payload).text);
      },
      onMessage: ({ sessionId }, body) => this.#onControl(Number(sessionId), body),
    };
  }

  #onControl(index: number, body: Parameters<ServerFrameSink["onMessage"]>[1]): void {
    switch (body.case) {
      case "welcome":
        this.#onWelcome(body.value);
        return;
      case "joined": {
        const seat = this.#seats[index];
        if (seat === undefined) return;
        seat.epoch = body.value.epoch;
        seat.cursor = Number(body.value.cursor);
        seat.ackedCursor = seat.cursor;
        this.#settle();
        return;
      }
      case "endOfBacklog":
        if (this.#toSettle > 0) this.#settle();
        return;
      case "heartbeat":
      case "healthCheck":
        this.#answer(body.value.timeMs);
        return;
      case "error":
        this.#fail(body.value.message);
        return;
      case "left":
      case "goAway":
        this.#fail(body.value.reason);
        return;
      case "gap":
        this.#fail(`a gap from ${body.value.from} to ${body.value.to}`);
        return;
      default:
    }
  }

  #onWelcome({ resumeToken, sessions }: Welcome): void {
    this.#resumeToken = resumeToken;
    for (const { verdict } of sessions) {
      if (verdict !== Verdict.RECOVERED) this.#onRefused(new Error(`verdict ${verdict}`));
    }
  }

  /** The player is no longer what it should be; if it is on its way in, it does not arrive. */
  #fail(reason: string): void {
    this.#parts.events.onLost(reason);
    this.#onRefused(new Error(reason));
  }

  /** One more seat is live. */
  #settle(): void {
    this.#toSettle--;
    if (this.#toSettle === 0) this.#onSettled();
  }

  #answer(echoMs: number): void {
    const value = { timeMs: Date.now(), echoMs };
    this.#link?.send(encodeClientMessage({ body: { case: "heartbeat", value } }));
  }
}
