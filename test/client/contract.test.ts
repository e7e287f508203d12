import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { SteerSchema } from "../../examples/arena/gen/roomline/examples/arena/v1/arena_pb.ts";
import { compareContracts } from "../../shared/contract/compare-contracts.ts";
import { contractTableToWire, createContractTable } from "../../shared/contract/contract-table.ts";
import { defineContract, json, withReply, type Contract } from "../../shared/contract/index.ts";
import { createClientBench, joinedMessage, said, stateMessage } from "./bench.ts";

const full = defineContract({
  name: "game/1",
  inputs: { say: json(), ask: withReply(json(), json()), steer: SteerSchema },
  events: { said: json() },
  state: { rows: json() },
});

/** A client of one contract joins a room of another. */
function compare(own: Contract, room: Contract) {
  return compareContracts(createContractTable(own), contractTableToWire(createContractTable(room)));
}

suite("client: the contract of a room", () => {
  test("JN-9: what the room has beside the client's own does not matter", () => {
    assert.deepEqual(compare(full, full), { kind: "same", detail: "" });
    const part = defineContract({ inputs: { ask: full.inputs.ask }, state: full.state });
    assert.equal(compare(part, full).kind, "same");
    assert.equal(compare(defineContract({}), full).kind, "same");
  });

  test("JN-9: what travels otherwise is told, and so is a room that has nothing of it, or lacks some", () => {
    const others: readonly (readonly [Contract, string, string])[] = [
      [
        defineContract({ inputs: { say: SteerSchema } }),
        "other",
        `input "say" is JSON there and ${SteerSchema.typeName} here`,
      ],
      [
        defineContract({ inputs: { say: withReply(json(), json()) } }),
        "other",
        'input "say" is answered with nothing there and JSON here',
      ],
      [
        defineContract({ events: { a: json(), b: json() }, state: { c: json(), d: json() } }),
        "other",
        'it has no event "a", it has no event "b", it has no table "c" and 1 more',
      ],
      [
        defineContract({ inputs: { say: json(), sing: json() } }),
        "partial",
        'it has no input "sing"',
      ],
    ];
    for (const [own, kind, detail] of others) {
      assert.deepEqual(compare(own, full), { kind, detail });
    }
  });

  test("JN-9: Join says what the contract is called", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    void client.join(full, { roomType: "game" }).catch(() => undefined);
    await bench.settle();
    assert.equal(bench.server.last.all("join")[0]?.value.contract, "game/1");
    await bench.finish(client);
  });

  test("JN-9: a room with another contract is left, and join rejects with what is different", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const joining = client.join(full, { roomType: "lobby" });
    await bench.settle();
    const contract = contractTableToWire(
      createContractTable(defineContract({ inputs: { say: SteerSchema } })),
    );
    bench.server.last.send(joinedMessage("1", { contract }));
    const settling = bench.settle();
    await assert.rejects(joining, {
      code: "contract-mismatch",
      message: /"lobby" is not this client's: input "say" is /,
    });
    await settling;
    assert.equal(bench.server.last.all("leave").length, 1);
    // What comes meanwhile means nothing here.
    const left = { sessionId: "1", body: { case: "left" as const, value: { code: 4600 } } };
    bench.server.last.send(said(1), stateMessage(1, 0, 1), left);
    await bench.settle();
    assert.equal(client.sessions.size, 0);
    assert.equal(client.state, "live");
    assert.deepEqual(bench.reported, []);
    await bench.finish(client);
  });

  test("JN-9: what a room lacks is told once, and the rest works", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const joining = client.join(full, { roomType: "lobby" });
    await bench.settle();
    const contract = contractTableToWire(
      createContractTable(defineContract({ inputs: full.inputs, state: full.state })),
    );
    bench.server.last.send(joinedMessage("1", { contract }));
    const settling = bench.settle();
    const session = await joining;
    await settling;
    assert.equal(session.status, "active");
    assert.match(String(bench.reported.map(({ error }) => error)), /it has no event "said"/);
    assert.equal(bench.reported.length, 1);
    await bench.finish(client);
  });
});
