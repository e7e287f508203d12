import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Identity } from "../../server/connection/authenticate.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { closeReasons } from "../../shared/close-reason.ts";
import { ErrorCode } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { createBench, inputMessage, type ClientMessageInit, makeRoom } from "./harness.ts";
import { createEchoRoom, quietInputs } from "./rooms.ts";

const hello = (clientId: string, more: object = {}): ClientMessageInit => ({
  body: { case: "hello", value: { protocolVersion: 1, clientId, ...more } },
});

/** A promise and its handle. */
function latch(): { readonly open: () => void; readonly opened: Promise<void> } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

describe("robustness of the handshake", () => {
  const tooFar = { sessionId: "1", position: { epoch: "x", cursor: 1n << 60n, stateTick: 0n } };

  for (const [how, authenticate] of [
    ["at once", ({ clientId }: Identity) => ({ clientId })],
    ["later", async ({ clientId }: Identity) => Promise.resolve({ clientId })],
  ] as const) {
    it(`FR-3: a position beyond 53 bits is a protocol-error, when authenticate answers ${how}`, async () => {
      const bench = createBench({ rooms: {}, authenticate });
      const client = bench.dial();
      client.send(hello("ann", { sessions: [tooFar] }));
      await bench.clock.settleAsync();
      assert.equal(client.closeName, "protocol-error");
      bench.finish();
    });
  }

  it("HS-3: an authenticate that gives no identity turns the client away, whatever name it gave itself", async () => {
    // What is no identity at all is its own mistake, and says nothing of the client.
    for (const [identity, reason] of [
      [undefined, "unauthenticated"],
      [null, "unauthenticated"],
      [Promise.resolve(undefined), "unauthenticated"],
      [{}, "auth-unavailable"],
      [{ clientId: 42 }, "auth-unavailable"],
    ] as const) {
      const bench = createBench({ rooms: {}, authenticate: () => identity as Identity });
      const client = bench.connect("admin");
      await bench.clock.settleAsync();
      assert.equal(client.closeName, reason);
      bench.finish();
    }
  });

  it("RS-1: of two Hellos in one turn the second has its sessions, and they go on", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const [ann, bob] = [bench.connect("ann"), bench.connect("bob")];
    ann.join("1", { roomType: "echo" });
    bob.join("1", { roomType: "echo" });
    const { epoch } = ann.last("joined");
    const { resumeToken } = ann.last("welcome");
    ann.cut();
    for (let seq = 1; seq <= 20; seq++) bob.input("1", seq, "x".repeat(8_000));
    const sessions = [{ sessionId: "1", position: { epoch, cursor: 0n, stateTick: 0n } }];
    const [first, second] = [bench.dial({ highWaterBytes: 1 }), bench.dial()];
    first.post(hello("ann", { resumeToken, sessions }));
    second.post(hello("ann", { resumeToken, sessions }));
    bench.clock.settle();
    bob.input("1", 21, "after");
    assert.equal(first.closeName, "superseded");
    assert.equal(second.texts("1").length, 21);
    bench.finish();
  });
});

describe("robustness of joins", () => {
  it("a room that kicks or closes in onJoin refuses, and nothing is left of it", () => {
    for (const end of ["kick", "close"] as const) {
      const room = createEchoRoom(undefined, {
        onJoin: (context, player) => (end === "kick" ? context.kick(player) : context.close()),
      });
      const bench = createBench({ rooms: { echo: room } });
      const ann = bench.connect("ann");
      ann.join("1", { roomType: "echo" });
      assert.deepEqual(ann.kinds("1"), ["error"]);
      ann.cut();
      assert.equal(bench.engine.sessions.clientCount, 0);
      bench.finish();
    }
  });

  it("JN-4: options are counted in bytes", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo", optionsJson: `"${"ü".repeat(3_000)}"` });
    assert.equal(ann.last("error").code, ErrorCode.INVALID_ARGUMENT);
    bench.finish();
  });

  it("metadata that has become no JSON is left out of Joined", () => {
    const room = createEchoRoom(undefined, {
      create: (context) => {
        const metadata: unknown[] = [];
        context.metadata = metadata;
        metadata.push(1n);
        return undefined;
      },
    });
    const bench = createBench({ rooms: { echo: room } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    assert.equal(ann.last("joined").metadataJson, "");
    bench.finish();
  });

  it("JN-7: Leave while authorize waits takes the Join back", async () => {
    const { open, opened } = latch();
    const bench = createBench({
      rooms: { echo: createEchoRoom(undefined, { authorize: () => opened }) },
    });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    ann.send({ sessionId: "1", body: { case: "leave", value: {} } });
    assert.equal(ann.last("left").code, closeReasons.left.code);
    open();
    await bench.clock.settleAsync();
    assert.deepEqual(ann.kinds("1"), ["left"]);
    assert.equal(bench.engine.rooms.size, 0);
    bench.finish();
  });

  it("a Join sent again after a reconnect is not in the way of the one that waited", async () => {
    const { open, opened } = latch();
    const bench = createBench({
      rooms: { echo: createEchoRoom(undefined, { authorize: () => opened }) },
    });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    const back = bench.connect("ann", { resumeToken: ann.last("welcome").resumeToken });
    back.join("1", { roomType: "echo" });
    open();
    await bench.clock.settleAsync();
    assert.deepEqual(back.kinds("1"), ["joined", "endOfBacklog", "state"]);
    bench.finish();
  });

  it("authorize of one type lets nobody into a room of another that took its id", async () => {
    const { open, opened } = latch();
    const lax = createEchoRoom(undefined, { authorize: () => opened, emptyDelayMs: 0 });
    const strict = createEchoRoom(undefined, {
      authorize: () => {
        throw new RoomlineError("join-refused", "Staff only.");
      },
    });
    const bench = createBench({ rooms: { lax, strict } });
    const room = makeRoom(bench.engine, {
      roomId: "r",
      roomType: "lax",
    });
    const ann = bench.connect("ann");
    ann.join("1", { roomId: "r" });
    room.close(closeReasons.roomClosed, "");
    makeRoom(bench.engine, {
      roomId: "r",
      roomType: "strict",
    });
    open();
    await bench.clock.settleAsync();
    assert.equal(ann.last("error").code, ErrorCode.UNKNOWN_ROOM);
    bench.finish();
  });

  it("historyOnJoin bounds what a resume replays as well", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const [ann, eve] = [bench.connect("ann"), bench.connect("eve")];
    ann.join("1", { roomType: "echo" });
    ann.input("1", 1, "before eve");
    eve.join("1", { roomType: "echo" });
    const { epoch } = eve.last("joined");
    eve.cut();
    const back = bench.connect("eve", {
      resumeToken: eve.last("welcome").resumeToken,
      sessions: [{ sessionId: "1", epoch, cursor: 0 }],
    });
    assert.deepEqual(back.texts("1"), []);
    bench.finish();
  });
});

describe("robustness of rooms", () => {
  it("inputs sent before Leave still count, and are acknowledged", () => {
    for (const tickRateHz of [0, 20]) {
      const bench = createBench({ rooms: { echo: createEchoRoom(undefined, { tickRateHz }) } });
      const [ann, bob] = [bench.connect("ann"), bench.connect("bob")];
      ann.join("1", { roomType: "echo" });
      bob.join("1", { roomType: "echo" });
      ann.send(inputMessage("1", 1, "bye"), { sessionId: "1", body: { case: "leave", value: {} } });
      bench.clock.advance(200);
      assert.deepEqual(bob.texts("1"), ["bye"]);
      assert.equal(ann.messages.at(-1)?.inputAck, 1n);
      bench.finish();
    }
  });

  it("timers of a room that could not be made, or is closed, never fire", () => {
    let calls = 0;
    const room = createEchoRoom(undefined, {
      create: (context, options) => {
        context.every(10, () => calls++);
        if (options === undefined) throw new RoomlineError("join-refused", "Options, please.");
        return undefined;
      },
      onClose: (context) => {
        context.every(10, () => calls++);
      },
    });
    const bench = createBench({ rooms: { echo: room } });
    const ann = bench.connect("ann");
    for (let time = 0; time < 5; time++) ann.join("1", { roomType: "echo" });
    bench.clock.advance(1_000);
    assert.equal(calls, 0);
    ann.join("2", { roomType: "echo", optionsJson: "{}" });
    const made = bench.engine.rooms.get(ann.last("joined").roomId);
    made?.close(closeReasons.roomClosed, "");
    bench.clock.advance(1_000);
    assert.equal(calls, 0);
    bench.finish();
  });

  it("TK-4: whatever a handler throws, ticks go on", () => {
    let ticks = 0;
    const odd = createEchoRoom(undefined, {
      tickRateHz: 10,
      onTick: () => {
        throw Object.create(null) as Error;
      },
    });
    const fine = createEchoRoom(undefined, {
      tickRateHz: 10,
      onTick: () => {
        ticks++;
      },
    });
    const bench = createBench({ rooms: { odd, fine } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "odd" });
    ann.join("2", { roomType: "fine" });
    bench.clock.advance(1_000);
    assert.equal(ticks, 10);
    assert.equal(bench.engine.counters.handlerErrors, 10);
    bench.finish();
  });

  it("TK-4: a room that misuses publish has failed; the player is not told its business", () => {
    const room = createEchoRoom(undefined, {
      onInput: {
        ...quietInputs,
        say: (context) => void context.publish("sayd" as "said", "typo"),
      },
    });
    const bench = createBench({ rooms: { echo: room } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    ann.input("1", 1, "x");
    assert.equal(ann.last("error").code, ErrorCode.INTERNAL);
    assert.equal(bench.engine.counters.handlerErrors, 1);
    bench.finish();
  });

  it("the late end of a session of an older room does not keep a newer one of that id open", () => {
    const bench = createBench({
      rooms: { echo: createEchoRoom(undefined, { emptyDelayMs: 1_000 }) },
    });
    const ann = bench.dial({ highWaterBytes: 1 });
    ann.send(hello("ann"));
    ann.join("1", { roomType: "echo", roomId: "r" });
    ann.transport.pauseReading();
    for (let seq = 1; seq <= 3; seq++) ann.input("1", seq, "x".repeat(1_000));
    bench.engine.rooms.get("r")?.close(closeReasons.roomClosed, "");
    makeRoom(bench.engine, {
      roomId: "r",
      roomType: "echo",
    });
    ann.transport.resumeReading();
    bench.clock.advance(2_000);
    assert.equal(bench.engine.rooms.size, 0);
    bench.finish();
  });
});
