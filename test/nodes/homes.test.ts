import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PauseMode, Verdict } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import type { WireClient } from "../engine/harness.ts";
import { createEchoRoom, type Trace } from "../engine/rooms.ts";
import { createThree } from "./three-nodes.ts";

const tokenOf = (client: WireClient): string => client.last("welcome").resumeToken;

/** Ann and bob, at different nodes, in a room that lives at bob's. */
async function createScene(isAuthenticated = false) {
  const trace: Trace = { calls: [] };
  const three = createThree({
    rooms: { echo: createEchoRoom(trace, { tickRateHz: 0 }) },
    ...(isAuthenticated && { authenticate: ({ clientId }) => ({ clientId }) }),
  });
  await three.settle();
  const [first, second, third] = [three.at(0), three.at(1), three.at(2)];
  const bob = await three.connect(second, "bob", { address: "home:2" });
  bob.join("1", { roomType: "echo", roomId: "r" });
  await three.settle();
  const ann = await three.connect(first, "ann", { address: "home:1" });
  ann.join("7", { roomType: "echo", roomId: "r" });
  await three.settle();
  const { epoch } = ann.last("joined");
  const host = three.nodes.hostOf("r");
  assert.ok(host);
  /** Ann comes to a node and resumes. */
  const resume = (
    node: typeof first,
    { token = tokenOf(ann), cursor = 0, stateTick = 0, address = "home:1" } = {},
  ) =>
    three.connect(node, "ann", {
      address,
      resumeToken: token,
      sessions: [{ sessionId: "7", epoch, cursor, stateTick }],
    });
  return { ...three, trace, first, second, third, ann, bob, epoch, host, resume };
}

void describe("clients come to any node", () => {
  void it("ND-5, ND-6, RS: at another node all goes on where it stood, and the older connection ends", async () => {
    const at = await createScene();
    at.ann.input("7", 1, "hello");
    at.ann.put("7", 2, "a", 5);
    at.ann.input("7", 3, "who", { kind: 2, wantsReply: true });
    await at.settle();
    at.ann.pause("7", PauseMode.SKIP);
    await at.settle();
    const back = await at.resume(at.third, { cursor: 1 });
    const [session] = back.last("welcome").sessions;
    assert.deepEqual(
      [session?.verdict, session?.cursor, session?.lastInputSeq, session?.paused],
      [Verdict.RECOVERED, 1n, 3n, PauseMode.SKIP],
    );
    assert.equal(at.ann.closeName, "superseded");
    back.resume("7");
    // What it did before is not done again, and is answered again.
    back.input("7", 3, "who", { kind: 2, wantsReply: true });
    back.input("7", 4, "again");
    await at.settle();
    assert.equal(Buffer.from(back.last("reply", "7").payload).toString(), '"WHO"');
    assert.deepEqual(
      at.trace.calls.filter((call) => call.startsWith("shout")),
      ["shout who"],
    );
    assert.equal(at.bob.all("event").length, 2);
    assert.deepEqual(
      at.trace.calls.filter((call) => call.includes("ann")),
      ["join ann", "drop ann", "resume ann"],
    );
    await at.finish();
  });

  void it("ND-6, RS-3: who comes back without its seats, at another node, is at home there, and takes new ones along", async () => {
    const at = await createScene();
    at.ann.cut();
    await at.settle();
    const { address } = { address: "home:1" };
    const back = await at.connect(at.third, "ann", { address, resumeToken: tokenOf(at.ann) });
    await at.settle();
    assert.ok(at.trace.calls.includes("leave ann not-resumed"));
    back.join("8", { roomType: "echo", roomId: "r" });
    await at.settle();
    const { epoch } = back.last("joined", "8");
    back.cut();
    await at.settle();
    const sessions = [{ sessionId: "8", epoch, cursor: 0, stateTick: 0 }];
    const again = { address, resumeToken: tokenOf(back), sessions };
    const last = await at.connect(at.first, "ann", again);
    assert.equal(last.last("welcome").sessions[0]?.verdict, Verdict.RECOVERED);
    await at.finish();
  });

  void it("ND-6 a node that a client has left says nothing of it that counts", async () => {
    const at = await createScene();
    // Its node does not read for a while: what ann says there comes when she is long elsewhere.
    at.ann.input("7", 1, "before");
    await at.settle();
    const back = await at.resume(at.third, { cursor: 1 });
    at.ann.input("7", 2, "from the grave");
    back.input("7", 2, "after");
    await at.settle();
    const said = at.bob.all("event").map(({ payload }) => Buffer.from(payload).toString());
    assert.deepEqual(said, ['"before"', '"after"']);
    await at.finish();
  });

  void it("ND-5, ND-7 when its node dies a client goes on at another, in rooms that live elsewhere", async () => {
    const at = await createScene();
    const edge = [at.first, at.third].find((node) => node !== at.host) ?? at.first;
    const moved = edge === at.first ? at.ann : await at.resume(edge);
    moved.input("7", 1, "hello");
    await at.settle();
    at.nodes.kill(edge);
    await at.settle();
    at.bob.input("1", 1, "meanwhile");
    await at.settle();
    const other = at.nodes.all.find((node) => !node.isDead && node !== at.host) ?? at.host;
    const back = await at.resume(other, { token: tokenOf(moved), cursor: 1 });
    const [session] = back.last("welcome").sessions;
    assert.deepEqual([session?.verdict, session?.lastInputSeq], [Verdict.RECOVERED, 1n]);
    await at.settle();
    assert.equal(back.all("event").length, 1, "what was said meanwhile");
    await at.finish();
  });

  void it("ND-7 when a room's node dies its players are told so, at once or at the resume", async () => {
    const at = await createScene();
    const elsewhere = at.nodes.all.find((node) => node !== at.host && !node.isDead) ?? at.first;
    const there = await at.resume(elsewhere);
    // Bob is at the node of the room itself, or at another one.
    const bob = await at.connect(at.host, "bob", {
      address: "home:2",
      resumeToken: tokenOf(at.bob),
      sessions: [{ sessionId: "1", epoch: at.epoch, cursor: 0 }],
    });
    at.nodes.kill(at.host);
    await at.settle();
    assert.deepEqual(
      there.all("left", "7").map(({ code }) => code),
      [4204],
    );
    const back = await at.connect(elsewhere, "bob", {
      address: "home:2",
      resumeToken: tokenOf(bob),
      sessions: [{ sessionId: "1", epoch: at.epoch, cursor: 0 }],
    });
    const [session] = back.last("welcome").sessions;
    assert.deepEqual([session?.verdict, session?.leftCode], [Verdict.GONE, 4204]);
    back.join("1", { roomType: "echo", roomId: "r" });
    await at.settle();
    assert.notEqual(back.last("joined").epoch, at.epoch, "it is another room by that name");
    await at.finish();
  });

  const wrong: readonly (readonly [what: string, of: (token: string, bobs: string) => string])[] = [
    ["none", () => ""],
    ["one that is made up", () => "3.abc.AAAAAAAAAAAAAAAAAAAAAA"],
    ["another client's", (_, bobs) => bobs],
    ["one with another number", (token) => token.replace(/^[0-9a-z]+/, "z")],
    ["the right one and more", (token) => `${token}x`],
  ];
  for (const [what, tokenOfThief] of wrong) {
    void it(`ND-5, HS-4, RS-5: with a token that is not its own (${what}) nobody takes a live client's name at another node`, async () => {
      const at = await createScene();
      const token = tokenOfThief(tokenOf(at.ann), tokenOf(at.bob));
      const thief = await at.resume(at.third, { token, address: "elsewhere:1" });
      assert.equal(thief.closeName, "client-id-in-use");
      assert.equal(at.ann.closeName, "");
      at.ann.input("7", 1, "still here");
      await at.settle();
      assert.equal(at.bob.all("event").length, 1);
      await at.finish();
    });

    void it(`ND-5, RS-5: with a token that is not its own (${what}) nobody gets the seats of a client whose node is dead`, async () => {
      const at = await createScene();
      const edge = [at.first, at.third].find((node) => node !== at.host) ?? at.first;
      const moved = edge === at.first ? at.ann : await at.resume(edge);
      const token = tokenOfThief(tokenOf(moved), tokenOf(at.bob));
      at.nodes.kill(edge);
      await at.settle();
      const thief = await at.resume(at.host, { token, address: "elsewhere:1" });
      assert.deepEqual(
        thief.last("welcome").sessions.map(({ verdict }) => verdict),
        [Verdict.GONE],
      );
      assert.ok(at.trace.calls.includes("leave ann not-resumed"));
      await at.finish();
    });
  }

  void it("ND-6, HS-5: with authentication the newer connection wins, at whatever node", async () => {
    const at = await createScene(true);
    const back = await at.connect(at.third, "ann", { address: "elsewhere:9" });
    assert.equal(at.ann.closeName, "superseded");
    assert.equal(back.last("welcome").clientId, "ann");
    assert.ok(at.trace.calls.includes("leave ann not-resumed"), "it has named no session");
    await at.finish();
  });
});
