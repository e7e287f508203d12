import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createBench } from "./harness.ts";
import { createEchoRoom } from "./rooms.ts";

describe("who gives no name", () => {
  it("HS-4: gets a random one in dev mode, each another, and comes back by it", () => {
    const bench = createBench({ rooms: { echo: createEchoRoom() } });
    const first = bench.connect("");
    const second = bench.connect("");
    const names = [first, second].map((client) => client.last("welcome").clientId);
    for (const name of names) assert.match(name, /^guest-.+/);
    assert.notEqual(names[0], names[1]);
    first.join("1", { roomType: "echo" });
    const { epoch, playerId } = first.last("joined");
    assert.equal(playerId, names[0]);
    first.cut();
    const back = bench.connect(names[0] ?? "", {
      resumeToken: first.last("welcome").resumeToken,
      sessions: [{ sessionId: "1", epoch, cursor: 0 }],
    });
    assert.equal(back.verdicts()[0]?.verdict, 2);
    bench.finish();
  });

  it("HS-3: is who its token says, and nobody without one, when the server authenticates", () => {
    const bench = createBench({
      rooms: { echo: createEchoRoom() },
      authenticate: ({ token }) => ({ clientId: token }),
    });
    const ann = bench.dial({ metadata: { authorization: "Bearer ann" } });
    ann.send({ body: { case: "hello", value: { protocolVersion: 1, clientId: "mallory" } } });
    assert.equal(ann.last("welcome").clientId, "ann");
    assert.equal(bench.connect("mallory").closeName, "unauthenticated");
    bench.finish();
  });
});
