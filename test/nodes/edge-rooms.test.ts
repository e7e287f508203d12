// The rooms as a node sees them that has none of their code: what it asks its host, and who that is.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RoomlineError, type RoomlineErrorCode } from "../../shared/errors.ts";
import { askedIdentity } from "../../server/nodes/asked-identity.ts";
import { EdgeRooms } from "../../server/nodes/edge-rooms.ts";
import { typeToJson } from "../../server/nodes/told-types.ts";
import { defineContract, json } from "../../shared/contract/index.ts";
import { defaultLimits } from "../../shared/limits.ts";
import { defineRoom } from "../../server/room/define-room.ts";
import { resolveRoomTypeConfig } from "../../server/room/config.ts";
import { describeType } from "../../server/room/describe-type.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";

const contract = defineContract({ inputs: { say: json<string>() }, state: { lines: json() } });

function typeNamed(name: string) {
  const room = defineRoom(contract, { onInput: { say: () => undefined } });
  return describeType(resolveRoomTypeConfig(name, room, defaultLimits));
}

const query = {
  roomId: "lobby",
  roomType: "chat",
  mode: "join-or-create",
  options: undefined,
} as const;
const caller = { playerId: "ann", claims: undefined, isOperator: false };

/** An edge, and hosts that answer with their own name. */
function createEdge() {
  const clock = createVirtualClock();
  const asked: string[] = [];
  const hosts = new Map<string, boolean>();
  const call = (node: string, method: string): Promise<unknown> => {
    asked.push(`${node} ${method}`);
    if (method === "types") return Promise.resolve([typeToJson(typeNamed(`of ${node}`))]);
    if (method === "enter") return Promise.resolve({ roomId: `at ${node}`, secret: "s" });
    return Promise.resolve({ identity: { clientId: `known to ${node}` } });
  };
  const edge = new EdgeRooms({
    clock,
    peers: {
      all: () => [...hosts].map(([node, isDraining]) => ({ load: { node, isDraining } })).values(),
      call,
    } as never,
    rooms: {
      find: (roomId: string) => ({ feed: roomId, inbox: "inbox" }),
      listings: {},
    } as never,
  });
  const onHosts = (nodes: Readonly<Record<string, boolean>>): void => {
    hosts.clear();
    for (const [node, isDraining] of Object.entries(nodes)) hosts.set(node, isDraining);
    edge.onNodes();
  };
  return { clock, edge, asked, onHosts };
}

const withCode = (code: RoomlineErrorCode) => (thrown: unknown) =>
  thrown instanceof RoomlineError && thrown.code === code;

describe("the rooms of an edge", () => {
  it("are those its host gives: found or made there, and read where they are", async () => {
    const { edge, onHosts } = createEdge();
    onHosts({ one: false });
    const room = await edge.open(query, caller);
    assert.deepEqual(room, { feed: "at one", inbox: "inbox", reservation: "s" });
  });

  it("wait for a host that takes rooms, and for nobody who does not come", async () => {
    const { edge, onHosts, clock } = createEdge();
    onHosts({ old: true });
    const waits = edge.open(query, caller);
    clock.advance(9_000);
    onHosts({ old: true, next: false });
    assert.equal((await waits).feed, "at next");
    onHosts({});
    const inVain = edge.open(query, caller);
    clock.advance(10_000);
    await assert.rejects(inVain, withCode("unavailable"));
    assert.equal(clock.pendingTimers, 0);
  });

  it("are given to nobody while they go from one host to another: the new one decides", async () => {
    const { edge, onHosts, asked, clock } = createEdge();
    onHosts({ old: false });
    edge.hold(true);
    const waits = edge.open(query, caller);
    onHosts({ old: true, next: false });
    clock.advance(1_000);
    assert.ok(!asked.some((call) => call.endsWith("enter")));
    edge.hold(false);
    assert.equal((await waits).feed, "at next");
  });

  it("speak what the newest host says", async () => {
    const { edge, onHosts } = createEdge();
    onHosts({ old: false });
    await edge.begun();
    assert.deepEqual(edge.types(""), [typeNamed("of old")]);
    assert.deepEqual(edge.types("of old"), [typeNamed("of old")]);
    onHosts({ old: true, next: false });
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(edge.types(""), [typeNamed("of next")]);
    assert.throws(() => edge.types("of old"), withCode("unknown-room-type"));
  });

  it("know clients as the host does", async () => {
    const { edge, onHosts } = createEdge();
    onHosts({ one: false });
    const peer = { protocol: "memory", address: "here", metadata: new Map() } as const;
    const identity = await edge.authenticate({ token: "t", clientId: "", peer });
    assert.deepEqual(identity, { clientId: "known to one" });
  });
});

describe("who a client is, said for another node", () => {
  const told = {
    token: "t",
    clientId: "ann",
    peer: { protocol: "grpc", address: "here", metadata: [["a", "b"]] },
  } as const;

  it("is what authenticate says, which is shown what the client has shown", async () => {
    const said = await askedIdentity(({ token, clientId, peer }) => {
      return { clientId: `${clientId} ${token} ${peer.metadata.get("a")}`, expiresAtMs: Infinity };
    }, told);
    assert.deepEqual(said, { identity: { clientId: "ann t b" } });
    assert.deepEqual(await askedIdentity(() => undefined as never, told), {});
  });

  it("is refused as authenticate refuses it, and claims that JSON does not carry are the server's mistake", async () => {
    const refuse = (): never => {
      throw new RoomlineError("token-expired", "No.");
    };
    await assert.rejects(askedIdentity(refuse, told), withCode("token-expired"));
    const dated = () => ({ clientId: "ann", claims: { at: new Date(0) } });
    await assert.rejects(askedIdentity(dated, told), withCode("internal"));
    await assert.rejects(askedIdentity(undefined, told), withCode("unavailable"));
  });
});
