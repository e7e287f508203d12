import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { closeReasons } from "../../shared/close-reason.ts";
import { defaultLimits } from "../../shared/limits.ts";
import { createSeededRandom } from "../../shared/random.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { createMemoryPair } from "../../shared/transport/memory-pair.ts";
import { LinkHost } from "../../server/feed/link/link-host.ts";
import { RemoteRooms, type LostCopies } from "../../server/feed/link/remote-rooms.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";
import { makeRoom } from "../engine/harness.ts";
import { linkConfig } from "../simulation/node-link.ts";
import { feedKinds } from "./contract-rooms.ts";
import { RecordingDesk } from "./recording-desk.ts";
import { RawEnd } from "./raw-end.ts";
import { createFeedEngine } from "./rooms-on-trial.ts";

const opened = {
  roomType: "event",
  epoch: "e1",
  logEntriesMax: 8,
  logBytesMax: 1_000n,
  ephemeralRingMax: 8,
  first: 1n,
};

/** An edge of ours, and a host by hand. `lost`: what looks for rooms that have gone elsewhere. */
function startEdge(lost?: LostCopies) {
  const clock = createVirtualClock();
  const hosts: RawEnd[] = [];
  const rooms = new RemoteRooms({
    dial() {
      const pair = createMemoryPair({ clock });
      hosts.push(new RawEnd(pair.server));
      return pair.client;
    },
    clock,
    random: createSeededRandom(1),
    self: { node: "edge", life: "1" },
    config: linkConfig,
    backoff: { initialMs: 50, maxMs: 1_000, factor: 2 },
    graceMs: 10_000,
    inputs: { unackedInputsMax: 256, ephemeralInputsMax: 32 },
    lost,
  });
  rooms.start();
  const host = (): RawEnd => {
    const newest = hosts.at(-1);
    assert.ok(newest);
    return newest;
  };
  return { clock, rooms, hosts, host };
}

/** A host of ours with a room, and edges by hand. */
function startHost(options: { graceMs?: number } = {}) {
  const { clock, engine, trace } = createFeedEngine();
  const host = new LinkHost({
    rooms: engine.catalogue,
    clock,
    self: { node: "host", life: "1" },
    config: linkConfig,
    graceMs: options.graceMs ?? 5_000,
  });
  const room = makeRoom(engine, { roomId: "r", roomType: "event" });
  const edge = (life?: string, more?: Parameters<RawEnd["hello"]>[1]) => {
    const pair = createMemoryPair({ clock });
    host.accept(pair.server);
    const end = new RawEnd(pair.client);
    if (life !== undefined) end.hello(life, more);
    return end;
  };
  const held = () => [...host.peers.values()].map((peer) => peer.held.feeds);
  return { clock, engine, trace, host, room, edge, held };
}

const openFeed = { case: "openFeed", value: { feed: 7, roomId: "r" } } as const;
const join = (call: number, playerId: string, optionsJson = "") =>
  ({
    case: "takeSeat",
    value: { feed: 7, call: BigInt(call), playerId, sessionId: "s", optionsJson, openFrom: 1n },
  }) as const;

function input(kindName: string, value: unknown) {
  const kind = feedKinds.inputs.byName.get(kindName);
  assert.ok(kind);
  return { kind: kind.number, payload: kind.encode(value) };
}

const refused = (seat: number, seq: number) =>
  ({ seat, seq: BigInt(seq), ...input("refuse", "No.") }) as const;

/** What commits have told this seat, in order: what is in one of them, the answers first. */
function toldOf(end: RawEnd, seat: number): string[] {
  return end
    .all("feedCommit")
    .flatMap(({ answers, acks }) => [
      ...answers.flatMap(({ seat: whose, kind }) =>
        whose === seat && kind.case === "error" ? [`error ${kind.value.inputSeq}`] : [],
      ),
      ...acks.flatMap((value, at) =>
        at % 2 === 0 && value === BigInt(seat) ? [`acked ${acks[at + 1]}`] : [],
      ),
    ]);
}

describe("the edge's end of a link", () => {
  it("ND-2, MV-2 what has a lower term than it has seen has no effect", async () => {
    const places: (number | undefined)[] = [];
    const { clock, rooms, host } = startEdge({
      find: () => undefined,
      take(replica, place) {
        places.push(place?.term);
        // It is here all the same, says whoever looks.
        rooms.take(replica, place?.term ?? 0);
      },
    });
    await clock.advanceAsync(10);
    host().hello();
    const finding = Promise.resolve(rooms.find("r"));
    await clock.advanceAsync(10);
    const asked = () => host().all("openFeed").at(-1) ?? assert.fail();
    const open = async (term: bigint): Promise<void> => {
      const value = { ...opened, feed: asked().feed, head: 0n, term };
      host().say({ case: "feedOpened", value });
      await clock.advanceAsync(10);
    };
    const move = async (term: bigint): Promise<void> => {
      const value = { feed: asked().feed, node: "n9", life: "1", term };
      host().say({ case: "feedMoved", value });
      await clock.advanceAsync(10);
    };
    await open(5n);
    await finding;
    await move(4n);
    await move(5n);
    assert.deepEqual(places, [], "an older host does not know better");
    await move(7n);
    assert.deepEqual(places, [7]);
    // Who has it by an older claim does not have it.
    await open(6n);
    assert.deepEqual(places, [7, undefined], "it looks again");
    await open(8n);
    assert.deepEqual(places, [7, undefined]);
    rooms.stop();
  });

  it("closes a link that a commit is missing on, and dials again from where it stands", async () => {
    const { clock, rooms, hosts, host } = startEdge();
    await clock.advanceAsync(10);
    host().hello();
    const finding = Promise.resolve(rooms.find("r"));
    await clock.advanceAsync(10);
    const { feed } = host().all("openFeed")[0] ?? assert.fail();
    host().say(
      { case: "feedOpened", value: { ...opened, feed, head: 1n } },
      {
        case: "feedCommit",
        value: { feed, number: 1n, first: 1n, entries: [{ cursor: 1n, body: Uint8Array.of(1) }] },
      },
    );
    await clock.advanceAsync(10);
    const desk = new RecordingDesk("ann", await finding).join();
    host().say({
      case: "feedCommit",
      value: { feed, number: 3n, first: 1n, entries: [{ cursor: 3n, body: Uint8Array.of(3) }] },
    });
    await clock.advanceAsync(200);
    assert.deepEqual(
      hosts.map(({ isClosed }) => isClosed),
      [true, false],
      "dialled again",
    );
    assert.equal(hosts.length, 2);
    host().hello();
    await clock.advanceAsync(10);
    const [again] = host().all("openFeed");
    assert.deepEqual([again?.epoch, again?.cursor], ["e1", 1n], "what came in between is not here");
    assert.deepEqual(desk.heard, []);
    rooms.stop();
  });

  it("has nothing to do with a host of another version, and gives up in time", async () => {
    const { clock, rooms, host } = startEdge();
    const opening = rooms.open(
      { roomId: "r", roomType: "", mode: "join", options: undefined },
      { playerId: "ann", claims: undefined, isOperator: false },
    );
    const finding = Promise.resolve(rooms.find("r"));
    const outcomes = Promise.allSettled([opening, finding]);
    for (let time = 0; time < 30; time++) {
      host().hello("1", { version: 99 });
      await clock.advanceAsync(500);
    }
    for (const outcome of await outcomes) {
      assert.ok(outcome.status === "rejected" && outcome.reason instanceof RoomlineError);
      assert.equal(outcome.reason.code, "unavailable");
    }
    assert.equal(rooms.replicas, 0);
    assert.equal(host().all("openFeed").length, 0);
    rooms.stop();
  });

  it("survives frames that are none, and messages about what it does not have", async () => {
    const { clock, rooms, hosts, host } = startEdge();
    await clock.advanceAsync(10);
    host().hello();
    host().say(
      { case: "feedCommit", value: { feed: 99, number: 5n } },
      { case: "seatTaken", value: { feed: 99, call: 4n, seat: 1 } },
      { case: "callAnswer", value: { call: 77n, json: "{}" } },
      { case: "feedClosed", value: { feed: 99 } },
    );
    await clock.advanceAsync(10);
    assert.equal(hosts[0]?.isClosed, false);
    host().bytes(Uint8Array.of(0xff, 0xff, 0xff));
    await clock.advanceAsync(200);
    assert.deepEqual(
      hosts.map(({ isClosed }) => isClosed),
      [true, false],
      "dialled again",
    );
    rooms.stop();
    await clock.advanceAsync(10);
    assert.equal(clock.pendingTimers, 0);
  });

  it("hears nothing of a host that has not said who it is", async () => {
    const { clock, rooms, hosts, host } = startEdge();
    const finding = Promise.resolve(rooms.find("r"));
    await clock.advanceAsync(10);
    host().say({ case: "beat", value: {} });
    await clock.advanceAsync(10);
    assert.equal(hosts[0]?.isClosed, false, "a beat may overtake a hello");
    host().say({ case: "feedOpened", value: { ...opened, feed: 1, head: 0n } });
    await clock.advanceAsync(200);
    assert.equal(hosts.at(0)?.isClosed, true);
    assert.equal(rooms.isUp, false);
    finding.catch(() => undefined);
    rooms.stop();
  });

  it("refuses a Join whose claims are not JSON, and nothing else", async () => {
    const { clock, rooms, host } = startEdge();
    await clock.advanceAsync(10);
    host().hello();
    const finding = Promise.resolve(rooms.find("r"));
    await clock.advanceAsync(10);
    const { feed } = host().all("openFeed")[0] ?? assert.fail();
    host().say({ case: "feedOpened", value: { ...opened, feed, head: 0n } });
    await clock.advanceAsync(10);
    const room = await finding;
    const circle: unknown[] = [];
    circle.push(circle);
    for (const claims of [circle, 1n, () => 1]) {
      const desk = new RecordingDesk("ann", room).join({ claims });
      assert.deepEqual(desk.heard, ["refused invalid-argument"]);
    }
    new RecordingDesk("bob", room).join({ claims: null });
    await clock.advanceAsync(10);
    assert.deepEqual(
      host()
        .all("takeSeat")
        .map(({ playerId, claimsJson }) => [playerId, claimsJson]),
      [["bob", "null"]],
    );
    rooms.stop();
  });
});

describe("a node that stops", () => {
  it("ends what it read from others as its own rooms: whoever read it comes back at another node", async () => {
    const { clock, rooms, host } = startEdge();
    await clock.advanceAsync(10);
    host().hello();
    const finding = Promise.resolve(rooms.find("r"));
    await clock.advanceAsync(10);
    const { feed } = host().all("openFeed")[0] ?? assert.fail();
    host().say({ case: "feedOpened", value: { ...opened, feed, head: 0n } });
    await clock.advanceAsync(10);
    const ends: string[] = [];
    const { feed: read } = await finding;
    read.follow({
      watches: 0,
      onAdvance: () => undefined,
      onMoved: () => undefined,
      onClosed: ({ reason }) => void ends.push(reason.name),
    });
    rooms.stop();
    await clock.advanceAsync(10);
    assert.deepEqual(ends, ["draining"]);
  });
});

describe("the host's end of a link", () => {
  it("does not talk to an edge of another version, nor before a hello, nor after two", async () => {
    const { clock, host, edge, engine } = startHost();
    const other = edge("1", { version: 99 });
    const silent = edge();
    silent.say(openFeed);
    const twice = edge("1");
    twice.hello("2");
    await clock.advanceAsync(10);
    assert.deepEqual([other.isClosed, other.heard], [true, []]);
    assert.deepEqual([silent.isClosed, silent.heard], [true, []]);
    assert.equal(twice.isClosed, true);
    host.stop();
    engine.stop();
    await clock.advanceAsync(1_000);
    assert.equal(clock.pendingTimers, 0);
  });

  it("takes no link any more once it is stopped: of a room that goes with it nobody is told that it was closed", async () => {
    const { clock, host, engine, edge } = startHost();
    const before = edge("1");
    before.say(openFeed);
    await clock.advanceAsync(10);
    engine.stop();
    host.stop();
    const late = edge("1");
    late.say(openFeed);
    await clock.advanceAsync(1_000);
    assert.deepEqual([before.isClosed, late.isClosed], [true, true]);
    assert.deepEqual(late.heard, []);
    assert.equal(clock.pendingTimers, 0);
  });

  it("closes a link with frames that are none, and no other", async () => {
    const { clock, host, engine, room, edge } = startHost();
    const [good, bad] = [edge("1"), edge("1", { node: "other" })];
    good.say(openFeed);
    bad.say(openFeed);
    await clock.advanceAsync(10);
    bad.bytes(Uint8Array.of(0xff, 0xff));
    await clock.advanceAsync(10);
    assert.deepEqual([good.isClosed, bad.isClosed], [false, true]);
    room.context.publish("said", "hello");
    await clock.advanceAsync(10);
    assert.equal(good.all("feedCommit").length, 1);
    host.stop();
    engine.stop();
  });

  it("lets go of feeds and seats that the edge has let go of while the link was down", async () => {
    const { clock, host, engine, trace, edge, held } = startHost();
    const first = edge("1");
    first.say(openFeed, join(1, "ann"), join(2, "bob", '{"gate":"bob"}'));
    await clock.advanceAsync(10);
    assert.equal(first.all("seatTaken").length, 1);
    assert.deepEqual(held(), [1]);
    const second = edge("1", { feeds: [] });
    await clock.advanceAsync(10);
    assert.equal(first.isClosed, true, "the older link");
    assert.deepEqual(held(), [0]);
    trace.gates.get("bob")?.("yes");
    await clock.advanceAsync(10);
    assert.deepEqual(trace.calls.slice(3), [
      "leave ann session-expired",
      "leave bob session-expired",
    ]);
    assert.equal(second.isClosed, false);
    host.stop();
    engine.stop();
  });

  it("ends what another life of the edge had, at once", async () => {
    const { clock, host, engine, trace, edge, held } = startHost();
    const first = edge("1");
    first.say(openFeed, join(1, "ann"));
    await clock.advanceAsync(10);
    edge("2", { feeds: [7] });
    first.say({ case: "openFeed", value: { feed: 8, roomId: "r" } });
    await clock.advanceAsync(10);
    assert.equal(first.isClosed, true);
    assert.deepEqual(held(), [0]);
    assert.equal(trace.calls.at(-1), "drop ann", "she may come back over another node");
    await clock.advanceAsync(defaultLimits.resumeWindowMs);
    assert.equal(trace.calls.at(-1), "leave ann session-expired");
    host.stop();
    engine.stop();
  });

  it("gives an edge up after its grace, with its seats and its answers", async () => {
    const { clock, host, engine, trace, edge } = startHost({ graceMs: 5_000 });
    const first = edge("1");
    first.say(openFeed, join(1, "ann"));
    await clock.advanceAsync(10);
    // It says no more, and hears nothing that is said.
    await clock.advanceAsync(4_000);
    assert.equal(first.isClosed, true, "silence ends a link");
    assert.equal(host.peers.size, 1);
    await clock.advanceAsync(5_000);
    assert.equal(host.peers.size, 0);
    assert.equal(trace.calls.at(-1), "drop ann", "she may come back over another node");
    await clock.advanceAsync(defaultLimits.resumeWindowMs);
    assert.equal(trace.calls.at(-1), "leave ann session-expired");
    host.stop();
    engine.stop();
    await clock.advanceAsync(1_000);
    assert.equal(clock.pendingTimers, 0);
  });

  it("answers a Join that is sent again as it was answered before, and takes no second seat", async () => {
    const { clock, host, engine, trace, edge } = startHost();
    const first = edge("1");
    first.say(openFeed, join(1, "ann"), join(2, "bob", '{"no":"No."}'), join(3, "cid"));
    await clock.advanceAsync(10);
    engine.rooms.get("r")?.expel("cid", closeReasons.kicked, "Out.");
    const second = edge("1", { feeds: [7] });
    second.say(openFeed, join(1, "ann"), join(2, "bob", '{"no":"No."}'), join(3, "cid"));
    await clock.advanceAsync(10);
    assert.deepEqual(
      second.all("seatTaken").map(({ call, seat }) => [call, seat]),
      first.all("seatTaken").map(({ call, seat }) => [call, seat]),
    );
    assert.deepEqual(
      second.all("seatRefused").map(({ call }) => call),
      [2n],
    );
    const [taken] = second.all("seatTaken").slice(-1);
    const order = second.heard.flatMap((body) =>
      body.case === "seatTaken" && body.value.call === 3n
        ? ["taken"]
        : body.case === "feedCommit" && body.value.answers.some(({ seat }) => seat === taken?.seat)
          ? ["ended"]
          : [],
    );
    assert.deepEqual(order, ["taken", "ended"]);
    assert.equal(trace.calls.filter((call) => call.startsWith("join")).length, 3);
    host.stop();
    engine.stop();
  });

  it("IN-6: tells an error that was lost with a link again, before it acknowledges the input", async () => {
    for (const errorsHeard of [0, 1, 2]) {
      const { clock, host, engine, trace, edge } = startHost();
      const first = edge("1");
      first.say(openFeed, join(1, "ann"));
      await clock.advanceAsync(10);
      const [taken] = first.all("seatTaken");
      const seat = taken?.seat ?? 0;
      const slow = { seat, seq: 3n, ...input("wait", "slow") };
      const inputs = [refused(seat, 1), refused(seat, 2), slow];
      first.say({ case: "inputs", value: { feed: 7, inputs } });
      await clock.advanceAsync(10);
      const second = edge("1", { feeds: [7] });
      second.say(openFeed);
      await clock.advanceAsync(100);
      trace.gates.get("slow")?.("yes");
      await clock.advanceAsync(100);
      assert.deepEqual(toldOf(second, seat), [], "nothing before it says that it holds the seat");
      second.say({ case: "rebindSeat", value: { feed: 7, seat, connected: true, errorsHeard } });
      await clock.advanceAsync(100);
      const missed = [1, 2].slice(errorsHeard).map((seq) => `error ${seq}`);
      assert.deepEqual(toldOf(second, seat), [...missed, "acked 3"]);
      assert.equal(second.all("seatRebound")[0]?.takenSeq, 3n);
      host.stop();
      engine.stop();
    }
  });

  it("remembers of seats that have ended what fits its bounds: the newest", async () => {
    const { clock, host, engine, trace, edge } = startHost();
    const first = edge("1");
    const names = Array.from({ length: 40 }, (_, at) => `p${at}`);
    first.say(openFeed, ...names.map((name, at) => join(at + 1, name)));
    await clock.advanceAsync(10);
    const seats = first.all("seatTaken").map(({ seat }) => seat);
    const text = (at: number): string => `${at}`.padEnd(60_000, "x");
    const inputs = seats.map((seat, at) => ({
      seat,
      seq: 1n,
      ...input("wait", text(at)),
      wantsReply: true,
    }));
    first.say({ case: "inputs", value: { feed: 7, inputs } });
    await clock.advanceAsync(10);
    for (const at of names.keys()) trace.gates.get(text(at))?.("yes");
    await clock.advanceAsync(10);
    for (const name of names) engine.rooms.get("r")?.expel(name, closeReasons.kicked, "Out.");
    await clock.advanceAsync(10);
    const second = edge("1", { feeds: [7] });
    second.say(openFeed);
    for (const seat of seats)
      second.say({ case: "rebindSeat", value: { feed: 7, seat, connected: true } });
    await clock.advanceAsync(1_000);
    const ends = second
      .all("feedCommit")
      .flatMap(({ answers }) => answers)
      .flatMap(({ seat, kind }) => (kind.case === "ended" ? [[seat, kind.value.code]] : []));
    assert.equal(ends.length, 40);
    const kept = ends.filter(([, code]) => code === closeReasons.kicked.code).map(([seat]) => seat);
    assert.deepEqual(kept, seats.slice(-kept.length), "the newest");
    assert.ok(kept.length >= 15 && kept.length <= 18, `${kept.length} of 60 kB`);
    host.stop();
    engine.stop();
  });

  it("keeps answers only until the edge has heard them", async () => {
    const { clock, host, engine, edge } = startHost();
    const end = edge("1");
    const look = JSON.stringify({
      roomId: "r",
      question: { kind: "look", eventsMax: 0, rowsMax: 0, unless: "" },
    });
    for (let call = 1; call <= 50; call++) {
      const value = { call: BigInt(call), method: "ask", json: look, openFrom: BigInt(call) };
      end.say({ case: "call", value });
      await clock.advanceAsync(10);
    }
    assert.equal(end.all("callAnswer").length, 50);
    const [peer] = host.peers.values();
    assert.equal(peer?.held.calls, 1);
    host.stop();
    engine.stop();
  });
});
