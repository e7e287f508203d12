import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { OperatorAnswers } from "../../server/nodes/node-calls.ts";
import { openRecording } from "../../shared/recording/recording.ts";
import { defaultLimits, type Limits } from "../../shared/limits.ts";
import { replayTest } from "../../testing/index.ts";
import { createAdminOn, refusal, type AdminOn } from "../admin/admin-bench.ts";
import { createEchoRoom } from "../engine/rooms.ts";
import { createDiceRoom } from "../replay/dice-room.ts";
import type { SimulatedNode } from "../simulation/nodes.ts";
import { createThree } from "./three-nodes.ts";

const dice = createDiceRoom();
const echo = createEchoRoom(undefined, { tickRateHz: 0, record: true, portable: true });

/** Three nodes with an admin service each, and ann in a recorded room of each type. */
async function createScene(limits: Partial<Limits> = {}) {
  const three = createThree({ rooms: { dice, echo }, limits });
  await three.settle();
  const admins = new Map<string, AdminOn>();
  for (const { name, node, engine } of three.nodes.all)
    admins.set(name.node, createAdminOn({ engine, clock: three.clock, node, limits }));
  const adminAt = ({ name }: SimulatedNode): AdminOn =>
    admins.get(name.node) ?? assert.fail("it has an admin service");
  const ann = await three.connect(three.at(0), "ann");
  ann.join("1", { roomType: "dice", roomId: "table" });
  ann.join("2", { roomType: "echo", roomId: "hall" });
  await three.settle();
  const asked = async <T>(answer: Promise<T>, ms = 200): Promise<T> => {
    const outcome = Promise.allSettled([answer]);
    await three.settle(ms);
    const [settled] = await outcome;
    if (settled.status === "rejected") throw settled.reason;
    return settled.value;
  };
  const hostOf = (roomId: string): SimulatedNode =>
    three.nodes.hostOf(roomId) ?? assert.fail(`room ${roomId} is there`);
  const othersThan = (node: SimulatedNode): SimulatedNode[] =>
    three.nodes.all.filter((one) => one !== node);
  let said = 0;
  return {
    ...three,
    ...{ ann, asked, adminAt, hostOf, othersThan },
    download(at: SimulatedNode, which: { roomId: string; epoch?: string; node?: string }) {
      const { client, ...admin } = adminAt(at);
      return admin.read((options) => client.downloadRecording(which, options));
    },
    /** So many pieces of a recording and more: what ann says in the hall is in it twice. */
    async fill(kib: number) {
      const payload = Buffer.from(JSON.stringify("x".repeat(8_192)));
      for (let n = 0; n * 16 < kib; n++) {
        const input = { seq: BigInt(++said), kind: 1, payload };
        ann.send({ sessionId: "2", body: { case: "input", value: input } });
        await three.settle(20);
      }
    },
    /** This node answers so from now on. */
    answering(node: SimulatedNode, answers: Partial<OperatorAnswers>) {
      node.node.serve({ ...adminAt(node).service.answers, ...answers });
    },
    async end() {
      for (const admin of admins.values()) admin.cancel();
      await three.settle();
      for (const { name, isDead } of three.nodes.all) {
        const { service } = admins.get(name.node) ?? assert.fail();
        if (isDead) service.stop();
        assert.deepEqual([service.served, service.watches], [0, 0], name.node);
      }
      await three.finish();
    },
  };
}

const bytesOf = ({ messages }: { readonly messages: readonly { readonly data: Uint8Array }[] }) =>
  new Uint8Array(Buffer.concat(messages.map(({ data }) => data)));
const never = () => new Promise<never>(() => undefined);

describe("recordings at several nodes", () => {
  it("AD-11, RP-7: are listed and downloaded whichever node is asked", async () => {
    const at = await createScene();
    const host = at.hostOf("table");
    for (const node of at.nodes.all) {
      const { recordings, missing } = await at.asked(at.adminAt(node).client.listRecordings({}));
      assert.deepEqual(missing, []);
      assert.deepEqual(
        recordings.map((one) => [one.roomId, one.node, one.open, one.endedAtMs]).sort(),
        [
          ["hall", at.hostOf("hall").name.node, true, 0n],
          ["table", host.name.node, true, 0n],
        ],
      );
      const reading = at.download(node, { roomId: "table" });
      await at.settle();
      assert.equal(reading.error, undefined);
      const { difference, ticks } = await replayTest(bytesOf(reading), dice);
      assert.equal(difference, undefined);
      assert.ok(ticks > 0, `${ticks} ticks`);
    }
    const { client } = at.adminAt(at.at(0));
    const { recordings } = await at.asked(client.listRecordings({ roomId: "hall" }));
    assert.deepEqual(
      recordings.map((one) => one.roomId),
      ["hall"],
    );
    await at.end();
  });

  it("RP-7: a room that has moved has one at each node, and one at a node it has come back to", async () => {
    const at = await createScene();
    const home = at.hostOf("table");
    const [away, other] = at.othersThan(home);
    assert.ok(away !== undefined && other !== undefined);
    const { client } = at.adminAt(other);
    const move = async ({ name }: SimulatedNode): Promise<void> => {
      await at.asked(client.moveRoom({ roomId: "table", node: name.node }), 2_000);
    };
    const listed = async () => {
      const { recordings } = await at.asked(client.listRecordings({ roomId: "table" }));
      return recordings.map(({ node, open }) => `${node}${open ? " goes on" : ""}`);
    };
    /** How many ticks are run again of what is downloaded. */
    const ticksOf = async (node: string): Promise<number> => {
      const reading = at.download(other, { roomId: "table", node });
      await at.settle();
      const { difference, ticks } = await replayTest(bytesOf(reading), dice);
      assert.equal(difference, undefined);
      return ticks;
    };
    const names = [home.name.node, away.name.node] as const;
    await at.settle(8_000);
    await move(away);
    assert.deepEqual(await listed(), [names[0], `${names[1]} goes on`]);
    const before = await ticksOf(names[0]);
    assert.ok(before >= 160, `${before} ticks before it went`);
    await at.settle(1_000);
    const newest = await ticksOf("");
    assert.ok(newest >= 20 && newest < before, `${newest} ticks since`);

    await move(home);
    assert.deepEqual(await listed(), [`${names[0]} goes on`, names[1]]);
    await at.settle(1_000);
    assert.ok((await ticksOf("")) > before, "what was recorded before it went is still there");
    await at.asked(client.closeRoom({ roomId: "table" }));
    assert.deepEqual(await listed(), names, "it is over");
    assert.ok((await ticksOf("")) > before, "where it was last");
    await at.end();
  });

  it("RP-7: pieces are asked for one by one, as they are read, and no more when nobody does", async () => {
    const at = await createScene();
    await at.fill(1_024);
    const host = at.hostOf("hall");
    const [asker] = at.othersThan(host);
    assert.ok(asker);
    const { service } = at.adminAt(host);
    let asks = 0;
    at.answering(host, {
      recordingPiece(ask) {
        asks++;
        return service.answers.recordingPiece(ask);
      },
    });
    const reading = at.download(asker, { roomId: "hall" });
    reading.hold(true);
    await at.settle(1_000);
    assert.ok(asks >= 1 && asks <= 3, `${asks} pieces are on their way to one who reads nothing`);
    assert.equal(service.served, 1);
    await at.fill(256);
    reading.hold(false);
    await at.settle(1_000);
    assert.equal(reading.error, undefined);
    const { bytes, fault, roomId } = openRecording(bytesOf(reading));
    assert.deepEqual([fault, roomId], [undefined, "hall"]);
    assert.ok(bytes > 1_024 * 1_024, `${bytes} bytes`);
    assert.equal(asks, Math.ceil(bytes / 131_072));
    assert.equal(service.served, 0, "the last piece ends it");

    const cancelled = at.download(asker, { roomId: "hall" });
    cancelled.hold(true);
    await at.settle();
    assert.equal(service.served, 1);
    cancelled.cancel();
    await at.settle();
    assert.equal(service.served, 0, "the node hears that nobody asks");
    await at.end();
  });

  it("RP-7: ends with unavailable when its node dies or answers no more", async () => {
    const at = await createScene();
    await at.fill(1_024);
    const host = at.hostOf("hall");
    const [asker, other] = at.othersThan(host);
    assert.ok(asker !== undefined && other !== undefined);
    const mute = at.download(other, { roomId: "hall" });
    const cut = at.download(asker, { roomId: "hall" });
    for (const reading of [mute, cut]) reading.hold(true);
    await at.settle();
    at.answering(host, { recordingPiece: never });
    mute.hold(false);
    await at.settle(11_000);
    assert.match(
      mute.error?.rawMessage ?? "",
      /^Node "n\d" gives no more of the recording of room "hall"/,
    );
    at.nodes.kill(host);
    cut.hold(false);
    await at.settle(1_000);
    for (const { error } of [mute, cut])
      assert.equal(error?.metadata.get("roomline-error"), "unavailable");
    await at.end();
  });

  it("RP-7: a node gives a recording up that nobody asks for any more", async () => {
    const at = await createScene();
    await at.fill(1_024);
    const host = at.hostOf("hall");
    const [asker] = at.othersThan(host);
    assert.ok(asker);
    const reading = at.download(asker, { roomId: "hall" });
    reading.hold(true);
    await at.settle();
    const { service } = at.adminAt(host);
    assert.equal(service.served, 1);
    at.nodes.kill(asker);
    await at.settle(defaultLimits.sendTimeoutMs + 10_000);
    assert.equal(service.served, 0);
    await at.end();
  });

  it("RP-7: one that may be at a node that does not answer is unavailable, and one that is nowhere unknown", async () => {
    const at = await createScene();
    const host = at.hostOf("table");
    const [asker, other] = at.othersThan(host);
    assert.ok(asker !== undefined && other !== undefined);
    const refused = async (which: { roomId: string; node?: string }, ms = 200) => {
      const reading = at.download(asker, which);
      await at.settle(ms);
      return refusal(Promise.reject(reading.error ?? new Error("none")));
    };
    assert.equal(await refused({ roomId: "nowhere" }), "NotFound unknown-room");
    assert.equal(await refused({ roomId: "table", node: "n9" }), "NotFound unknown-node");
    assert.equal(
      await refused({ roomId: "table", node: other.name.node }),
      "NotFound unknown-room",
    );
    const move = { roomId: "table", node: other.name.node };
    await at.asked(at.adminAt(asker).client.moveRoom(move), 2_000);
    at.answering(other, { recordings: never });
    assert.equal(await refused({ roomId: "table" }, 3_000), "Unavailable unavailable");
    const older = at.download(asker, { roomId: "table", node: host.name.node });
    await at.settle();
    assert.equal(openRecording(bytesOf(older)).roomId, "table", "what the named node has is given");
    at.answering(host, { recordings: never });
    at.answering(other, {});
    const list = await at.asked(
      at.adminAt(asker).client.listRecordings({ roomId: "table" }),
      3_000,
    );
    assert.deepEqual(
      [list.recordings.map(({ node }) => node), list.missing],
      [[other.name.node], [host.name.node]],
    );
    await at.end();
  });

  it("RP-7: as many are downloaded at once as there are places for streams of operators", async () => {
    const at = await createScene({ adminWatchesMax: 1 });
    await at.fill(1_024);
    const host = at.hostOf("hall");
    const reading = at.download(host, { roomId: "hall" });
    reading.hold(true);
    await at.settle();
    const second = at.download(host, { roomId: "hall" });
    await at.settle();
    assert.equal(second.error?.metadata.get("roomline-error"), "rate-limited");
    await at.end();
  });
});
