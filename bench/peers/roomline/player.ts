import { fromBinary, toBinary, create } from "@bufbuild/protobuf";
import { encodeClientMessage, writeAck, writeInput } from "../../../shared/codec/client-frame.ts";
import { decodeServerFrame, type ServerFrameSink } from "../../../shared/codec/server-frame.ts";
import { ClientFrameSchema } from "../../../shared/gen/roomline/v1/realtime_pb.ts";
import { protocolVersion } from "../../../shared/limits.ts";
import { WireWriter } from "../../../shared/wire/wire-writer.ts";
import { SaidSchema, SteerSchema } from "../../gen/roomline/bench/v1/bench_pb.ts";
import type { Link, OpenLink } from "../../links/link.ts";
import { steeringOf } from "../../workloads/arena-rules.ts";
import type { Player, PlayerEvents, PlayerPlan } from "../player.ts";
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
  const player = new RoomlinePlayer(plan, events);
  await player.connect(open);
  return player;
}

/** Speaks the wire format, with the codecs both ends share; what the engine's own client adds on top is left out. */
class RoomlinePlayer implements Player {
  readonly #plan: PlayerPlan;
  readonly #events: PlayerEvents;
  readonly #seats: readonly Seat[];
  readonly #writer = new WireWriter();
  readonly #sink: ServerFrameSink;
  #link: Link | undefined;
  #toJoin: number;
  #onJoined = (): void => undefined;

  constructor(plan: PlayerPlan, events: PlayerEvents) {
    this.#plan = plan;
    this.#events = events;
    this.#seats = plan.rooms.map((_, index) => createSeat(index, plan.looks));
    this.#toJoin = plan.rooms.length;
    this.#sink = this.#createSink();
  }

  get bytesRead(): number {
    return this.#link?.socket.bytesRead ?? 0;
  }

  async connect(open: OpenLink): Promise<void> {
    const joined = new Promise<void>((resolve) => (this.#onJoined = resolve));
    this.#link = await open(this.#plan.port, {
      onMessage: (frame) => decodeServerFrame(frame, this.#sink),
      onEnd: (reason) => this.#events.onLost(reason),
    });
    const { name, rooms, game } = this.#plan;
    const hello = { protocolVersion, clientId: name, sdk: "bench" };
    this.#link.send(
      toBinary(
        ClientFrameSchema,
        create(ClientFrameSchema, {
          messages: [
            { body: { case: "hello", value: hello } },
            ...rooms.map((roomId, index) => ({
              sessionId: `${index}`,
              body: { case: "join" as const, value: { roomId, roomType: game } },
            })),
          ],
        }),
      ),
    );
    await joined;
    if (game === "chat") setInterval(() => this.#acknowledge(), ackIntervalMs);
  }

  steer(seq: number): void {
    const payload = toBinary(SteerSchema, create(SteerSchema, steeringOf(seq)));
    this.#writer.pos = 0;
    for (const seat of this.#seats) this.#writeInput(seat, payload);
    this.#link?.send(this.#writer.copy());
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
    const { looks, name } = this.#plan;
    const events = this.#events;
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
      case "joined": {
        const seat = this.#seats[index];
        if (seat !== undefined) {
          seat.epoch = body.value.epoch;
          seat.cursor = Number(body.value.cursor);
          seat.ackedCursor = seat.cursor;
        }
        this.#toJoin--;
        if (this.#toJoin === 0) this.#onJoined();
        return;
      }
      case "heartbeat":
      case "healthCheck":
        this.#link?.send(
          encodeClientMessage({
            body: {
              case: "heartbeat",
              value: { timeMs: Date.now(), echoMs: body.value.timeMs },
            },
          }),
        );
        return;
      case "error":
        return this.#events.onLost(body.value.message);
      case "left":
      case "goAway":
        return this.#events.onLost(body.value.reason);
      case "gap":
        return this.#events.onLost(`a gap from ${body.value.from} to ${body.value.to}`);
      default:
    }
  }
}
