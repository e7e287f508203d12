import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { closeReasons } from "../../shared/close-reason.ts";
import { ErrorCode, JoinMode } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { RoomlineError, type RoomlineErrorCode } from "../../shared/errors.ts";
import type { LiveRoom } from "../../server/room/live-room.ts";
import { createBench, type Bench, type WireClient, makeRoom } from "./harness.ts";
import { createEchoRoom } from "./rooms.ts";

function create(bench: Bench, roomId: string): LiveRoom {
  return makeRoom(bench.engine, {
    roomId,
    roomType: "echo",
  });
}

function reserve(bench: Bench, room: LiveRoom, playerId = "", holder?: string): string {
  return bench.engine.reservations.hold(room, { playerId, holder });
}

/** What came of a Join: "joined", or the number of the error. */
function outcome(client: WireClient, roomId: string, reservation = ""): "joined" | ErrorCode {
  client.clear();
  client.join("1", { roomId, reservation });
  return client.all("joined").length === 1 ? "joined" : client.last("error").code;
}

const withCode = (code: RoomlineErrorCode) => (thrown: unknown) =>
  thrown instanceof RoomlineError && thrown.code === code;

describe("reservations", () => {
  it("LB-4: a reserved seat is taken for everybody but its holder, once", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom(undefined, { maxPlayers: 1 }) } });
    const room = create(bench, "r");
    const secret = reserve(bench, room, "ann");
    const [ann, bob] = [bench.connect("ann"), bench.connect("bob")];
    assert.equal(outcome(bob, "r"), ErrorCode.ROOM_FULL);
    assert.equal(outcome(bob, "r", secret), ErrorCode.INVALID_RESERVATION, "another's");
    assert.equal(outcome(bob, "r", "guessed"), ErrorCode.INVALID_RESERVATION, "wrong");
    assert.throws(() => reserve(bench, room), withCode("room-full"));
    assert.equal(outcome(ann, "r", secret), "joined");
    assert.equal(room.seatsTaken, 1);
    ann.send({ sessionId: "1", body: { case: "leave", value: {} } });
    assert.equal(outcome(ann, "r", secret), ErrorCode.INVALID_RESERVATION, "used");
    assert.equal(outcome(bob, "r"), "joined");
    bench.finish();
  });

  it("LB-4: it opens a room that was locked or made smaller in between", () => {
    let lock: (() => void) | undefined;
    const bench = createBench({
      rooms: {
        echo: createEchoRoom(undefined, {
          create: (room) => {
            lock = () => {
              room.locked = true;
              room.maxPlayers = 0;
            };
            return undefined;
          },
        }),
      },
    });
    const room = create(bench, "r");
    const secret = reserve(bench, room);
    lock?.();
    const ann = bench.connect("ann");
    assert.equal(outcome(ann, "r"), ErrorCode.ROOM_LOCKED);
    assert.equal(outcome(ann, "r", secret), "joined");
    assert.throws(() => reserve(bench, room), withCode("room-locked"));
    bench.finish();
  });

  it("LB-4: it expires after the reservation time, and the seat is free again", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom(undefined, { maxPlayers: 1 }) } });
    const room = create(bench, "r");
    const secret = reserve(bench, room);
    const ann = bench.connect("ann");
    bench.clock.advance(14_900);
    assert.equal(outcome(ann, "r"), ErrorCode.ROOM_FULL);
    bench.clock.advance(200);
    assert.equal(outcome(ann, "r", secret), ErrorCode.INVALID_RESERVATION);
    assert.equal(outcome(ann, "r"), "joined");
    bench.finish();
  });

  it("LB-4: it keeps an empty room alive; when it expires the empty delay begins", () => {
    const bench = createBench({
      rooms: { echo: createEchoRoom(undefined, { emptyDelayMs: 1_000 }) },
    });
    reserve(bench, create(bench, "r"));
    bench.clock.advance(15_500);
    assert.equal(bench.engine.rooms.size, 1);
    bench.clock.advance(1_000);
    assert.equal(bench.engine.rooms.size, 0);
    bench.finish();
  });

  it("LB-4: a join that the room refuses leaves the reservation as it was", () => {
    let welcome = false;
    const onJoin = () => {
      if (!welcome) throw new Error("Not yet.");
    };
    const bench = createBench({
      rooms: { echo: createEchoRoom(undefined, { maxPlayers: 1, emptyDelayMs: 1_000, onJoin }) },
    });
    const room = create(bench, "r");
    const secret = reserve(bench, room);
    const ann = bench.connect("ann");
    assert.equal(outcome(ann, "r", secret), ErrorCode.JOIN_REFUSED);
    assert.equal(room.seatsTaken, 1);
    welcome = true;
    assert.equal(outcome(ann, "r", secret), "joined");
    bench.finish();
  });

  it("LB-4: a reservation is for a room that exists: none is made for it", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const ann = bench.connect("ann");
    const mode = JoinMode.JOIN_OR_CREATE;
    ann.join("1", { roomId: "gone", roomType: "echo", mode, reservation: "x" });
    assert.equal(ann.last("error").code, ErrorCode.UNKNOWN_ROOM);
    ann.join("2", { roomType: "echo", reservation: "x" });
    assert.equal(ann.last("error").code, ErrorCode.INVALID_ARGUMENT);
    assert.equal(bench.engine.rooms.size, 0);
    bench.finish();
  });

  it("LB-4, JN-3: matchmaking counts a reserved seat as taken", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom(undefined, { maxPlayers: 2 }) } });
    const [quiet, busy] = [create(bench, "quiet"), create(bench, "busy")];
    reserve(bench, busy);
    const found = () => {
      const client = bench.connect(`p${bench.engine.connections.size}`);
      client.join("1", { roomType: "echo" });
      return client.last("joined").roomId;
    };
    assert.equal(found(), busy.roomId, "the fullest");
    assert.equal(found(), quiet.roomId, "the other has no seat left");
    bench.finish();
  });

  it("LB-4: a client holds a bounded number, which use, time and the end of a room give back", () => {
    const bench = createBench({
      rooms: { echo: createEchoRoom() },
      limits: { reservationsPerClientMax: 1 },
    });
    const room = create(bench, "r");
    const secret = reserve(bench, room, "", "ann");
    const isBounded = () =>
      assert.throws(() => reserve(bench, room, "", "ann"), withCode("rate-limited"));
    isBounded();
    reserve(bench, room, "", "bob");
    assert.equal(outcome(bench.connect("ann"), "r", secret), "joined");
    reserve(bench, room, "", "ann");
    isBounded();
    bench.clock.advance(16_000);
    reserve(bench, room, "", "ann");
    isBounded();
    room.close(closeReasons.roomClosed, "");
    reserve(bench, create(bench, "s"), "", "ann");
    bench.finish();
  });

  it("LB-4: a player with a seat gets no second one", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const room = create(bench, "r");
    assert.equal(outcome(bench.connect("ann"), "r"), "joined");
    assert.throws(() => reserve(bench, room, "ann"), withCode("session-exists"));
    bench.finish();
  });
});
