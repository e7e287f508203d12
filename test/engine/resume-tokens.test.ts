import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Verdict } from "../../shared/gen/roomline/v1/realtime_pb.ts";
import { createBench, type Bench, type WireClient } from "./harness.ts";
import { createEchoRoom, type Trace } from "./rooms.ts";

/** Ann and bob in a room; ann has resumed twice, so that she has had three tokens. */
function createScene(isAuthenticated: boolean) {
  const trace: Trace = { calls: [] };
  const bench = createBench({
    rooms: { echo: createEchoRoom(trace) },
    ...(isAuthenticated && { authenticate: ({ clientId }) => ({ clientId }) }),
  });
  const bob = bench.connect("bob");
  bob.join("1", { roomType: "echo" });
  let ann = bench.connect("ann");
  ann.join("1", { roomType: "echo" });
  const { epoch } = ann.last("joined");
  const tokens = [tokenOf(ann)];
  for (const _ of [1, 2]) {
    ann.cut();
    ann = resume(bench, "ann", tokens.at(-1) ?? "", epoch);
    tokens.push(tokenOf(ann));
  }
  trace.calls.length = 0;
  return { bench, trace, ann, bob, epoch, tokens };
}

const tokenOf = (client: WireClient) => client.last("welcome").resumeToken;

function resume(bench: Bench, clientId: string, resumeToken: string, epoch: string) {
  return bench.connect(clientId, {
    resumeToken,
    sessions: [{ sessionId: "1", epoch, cursor: 0 }],
  });
}

type Scene = ReturnType<typeof createScene>;

const wrong: readonly (readonly [what: string, token: (scene: Scene) => string])[] = [
  ["none", () => ""],
  ["one that is made up", () => "secret999"],
  ["an old one, two before the newest", ({ tokens }) => tokens[0] ?? ""],
  ["another client's", ({ bob }) => tokenOf(bob)],
  ["the beginning of the right one", ({ ann }) => tokenOf(ann).slice(0, -1)],
  ["the right one and more", ({ ann }) => `${tokenOf(ann)}x`],
  ["the right one in other letters", ({ ann }) => tokenOf(ann).toUpperCase()],
];

describe("a resume token that is not the client's", () => {
  for (const [what, tokenOfThief] of wrong) {
    it(`RS-5, HS-4: ${what}: takes no name over from a live client in dev mode`, () => {
      const scene = createScene(false);
      const { bench, ann, epoch, trace } = scene;
      const thief = resume(bench, "ann", tokenOfThief(scene), epoch);
      assert.equal(thief.closeName, "client-id-in-use");
      assert.deepEqual(thief.kinds(), []);
      assert.equal(ann.closeName, "");
      assert.deepEqual(trace.calls, []);
      bench.finish();
    });

    for (const isAuthenticated of [false, true]) {
      const mode = isAuthenticated ? "with authentication" : "in dev mode";
      it(`RS-5, RS-6: ${what}: resumes nothing ${mode}, and the seat that waited is over`, () => {
        const scene = createScene(isAuthenticated);
        const { bench, ann, bob, epoch, trace } = scene;
        const token = tokenOfThief(scene);
        ann.cut();
        bob.input("1", 1, "private");
        const thief = resume(bench, "ann", token, epoch);
        assert.deepEqual(
          thief.verdicts().map(({ verdict }) => verdict),
          [Verdict.GONE],
        );
        assert.deepEqual(thief.kinds(), ["welcome"]);
        assert.deepEqual(trace.calls, ["drop ann", "leave ann not-resumed"]);
        assert.notEqual(tokenOf(thief), tokenOf(ann));
        bench.finish();
      });
    }

    it(`RS-5, HS-4: ${what}: takes a live connection over with authentication, and none of its sessions`, () => {
      const scene = createScene(true);
      const { bench, ann, epoch, trace } = scene;
      const other = resume(bench, "ann", tokenOfThief(scene), epoch);
      assert.equal(ann.closeName, "superseded");
      assert.equal(other.verdicts()[0]?.verdict, Verdict.GONE);
      assert.deepEqual(trace.calls, ["drop ann", "leave ann not-resumed"]);
      bench.finish();
    });
  }

  it("RS-5: the newest and the one before it do resume, and a token that was good is not when the window is over", () => {
    for (const at of [1, 2]) {
      const { bench, ann, epoch, tokens } = createScene(false);
      ann.cut();
      const back = resume(bench, "ann", tokens[at] ?? "", epoch);
      assert.equal(back.verdicts()[0]?.verdict, Verdict.RECOVERED, `token ${at}`);
      bench.finish();
    }
    const { bench, ann, epoch, tokens } = createScene(false);
    ann.cut();
    bench.clock.advance(120_100);
    const late = resume(bench, "ann", tokens[2] ?? "", epoch);
    assert.equal(late.verdicts()[0]?.verdict, Verdict.GONE);
    bench.finish();
  });

  it("RS-5, HS-4: no token is not the one before the first", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const ann = bench.connect("ann");
    ann.join("1", { roomType: "echo" });
    const { epoch } = ann.last("joined");
    assert.equal(resume(bench, "ann", "", epoch).closeName, "client-id-in-use");
    ann.cut();
    assert.equal(resume(bench, "ann", "", epoch).verdicts()[0]?.verdict, Verdict.GONE);
    bench.finish();
  });

  it("HS-5: two clients cannot resume each other's sessions, whatever they call them", () => {
    const { bench, ann, bob, epoch } = createScene(true);
    const token = tokenOf(ann);
    ann.cut();
    bob.cut();
    const thief = resume(bench, "bob", token, epoch);
    assert.equal(thief.verdicts()[0]?.verdict, Verdict.GONE);
    const back = resume(bench, "ann", token, epoch);
    assert.equal(back.verdicts()[0]?.verdict, Verdict.RECOVERED);
    bench.finish();
  });
});
