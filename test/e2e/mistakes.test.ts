import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { WebSocket } from "ws";
import { connect, type ConnectOptions, type Session } from "../../client/index.ts";
import { createServer, defineRoom, RoomlineError, silentLog } from "../../server/index.ts";
import { makeCertificates } from "../transport/certificates.ts";
import { defineContract, json } from "../../shared/contract/index.ts";

const contract = defineContract({ inputs: { say: json() }, events: { said: json() } });
const chat = defineRoom(contract, { onInput: { say: () => undefined } });

/** What nobody who has a compiler would write. */
const any = (value: unknown) => value as never;

/** What somebody was told: one line, and something to do about it. */
async function told(mistake: () => unknown): Promise<string> {
  try {
    await mistake();
  } catch (thrown) {
    assert.ok(thrown instanceof RoomlineError, `no error of ours: ${String(thrown)}`);
    assert.ok(!thrown.message.includes("\n"), `more than one line: ${thrown.message}`);
    return thrown.message;
  }
  return assert.fail("nothing was told");
}

/** Somebody who makes one, and how it ends. */
type T = { after(end: () => unknown): void };

async function start(t: T, options: Partial<Parameters<typeof createServer>[0]> = {}) {
  const log = silentLog;
  const server = await createServer({
    host: "127.0.0.1",
    port: 0,
    rooms: { chat },
    log,
    ...options,
  });
  t.after(() => server.close());
  return server;
}

async function enter(t: T, address: string, options: ConnectOptions = { clientId: "ann" }) {
  const client = await connect(address, options);
  t.after(() => client.close());
  return client;
}

/** One try: a second one that is under way when the time is over would have nothing to say. */
const backoff = { initialMs: 10_000, maxMs: 10_000, factor: 1 };
const soon = { clientId: "ann", connectTimeoutMs: 400, backoff };
const startIt = "Start the server or check the address; connectTimeoutMs: Infinity waits for it.";

describe("the mistakes of a newcomer are answered in one line that says what to do", () => {
  it("a port that is taken", async (t) => {
    const { port } = await start(t);
    assert.equal(
      await told(() => createServer({ host: "127.0.0.1", port, rooms: { chat } })),
      `Another program has port ${port} on 127.0.0.1: stop the program that listens there, or choose another port (0 takes a free one).`,
    );
  });

  const wrongCalls: readonly (readonly [what: string, call: () => unknown, line: string])[] = [
    [
      "a wrong option",
      () => createServer(any({ rooms: { chat }, prot: 1 })),
      'createServer: there is no option "prot". Did you mean "port"?',
    ],
    [
      "a missing handler",
      () => defineRoom(contract, any({})),
      'defineRoom: the contract has an input "say", but onInput has no handler of that name. Add one.',
    ],
    [
      "a wrong form of an address",
      () => connect("ftp://localhost", { clientId: "ann" }),
      'The address of a server is HOST:PORT, http(s)://HOST[:PORT] or ws(s)://HOST[:PORT], with or without a path, not "ftp://localhost".',
    ],
    [
      "no address",
      () => connect(),
      "The address of a server is missing: it is HOST:PORT, http(s)://HOST[:PORT] or ws(s)://HOST[:PORT], with or without a path.",
    ],
    [
      "a port for an address",
      () => connect(any(8080)),
      "connect takes an object with clientId, token, connectTimeoutMs and the like, not a number.",
    ],
    [
      "a client id that is a number",
      () => connect("localhost:1", { clientId: any(7) }),
      "clientId has to be a text of 1 to 128 characters without control characters.",
    ],
    [
      "rooms in an array",
      () => createServer(any({ rooms: [chat] })),
      "rooms is an array; it has to be an object that names room types: { name: defineRoom(…) }.",
    ],
    [
      "a room that is none",
      () => createServer(any({ rooms: { chat: { onInput: {} } } })),
      "rooms.chat is no room type; it has to be made by defineRoom(…).",
    ],
    [
      "no rooms",
      () => createServer(any({})),
      "rooms is missing; it has to be { name: defineRoom(…) }.",
    ],
    [
      "a port that is no number",
      () => createServer(any({ rooms: { chat }, port: "80a" })),
      'port is "80a"; it has to be a whole number from 0 to 65535.',
    ],
    [
      "a room's definition in the place of its contract",
      () => defineRoom(any({ onInput: {} }), any(contract)),
      "defineRoom takes a contract first, made by defineContract, and then its options; this object is none.",
    ],
    [
      "a contract of types' names",
      () => defineContract(any({ inputs: { say: "string" } })),
      "defineContract: inputs.say is neither json(schema) nor a protobuf-es message schema.",
    ],
    [
      "a section of a contract",
      () => defineContract(any({ input: { say: json() } })),
      'defineContract: there is no section "input". Did you mean "inputs"?',
    ],
    [
      "ticks like those of a screen in milliseconds",
      () => defineRoom(contract, { tickRateHz: 1000, onInput: { say: () => undefined } }),
      "defineRoom: tickRateHz is 1000, it has to be a number from 0 to 240.",
    ],
    [
      "no server",
      () => connect("127.0.0.1:1", soon),
      `Cannot reach a Roomline server at 127.0.0.1:1 within 0.4 s (UNAVAILABLE: No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:1). ${startIt}`,
    ],
  ];
  for (const [what, call, line] of wrongCalls) {
    it(what, async () => {
      assert.equal(await told(call), line);
    });
  }

  it("a missing token", async (t) => {
    const server = await start(t, {
      authenticate({ token }) {
        if (token === "") throw new RoomlineError("join-refused", "Sign in first.");
        return { clientId: "ann" };
      },
    });
    assert.equal(
      await told(() => connect(server.address)),
      "The connection was closed: unauthenticated. The token is missing, wrong or expired. (Sign in first)",
    );
  });

  it("TLS to a port in clear text", async (t) => {
    const { address } = await start(t);
    const advice =
      "what listens there does not speak TLS; leave out tls, or write http:// or ws://";
    for (const to of [`wss://${address}`, `https://${address}`])
      assert.ok((await told(() => connect(to, soon))).includes(` (${advice}: `), to);
    const line = await told(() => connect(address, { ...soon, tls: {} }));
    assert.ok(line.includes(` (${advice}: `), line);
  });

  it("a certificate nobody knows", async (t) => {
    const { cert, key } = (await makeCertificates()).server;
    const { address } = await start(t, { tls: { cert, key } });
    const advice = "nobody this client trusts has signed the certificate; name who has in tls.ca";
    const port = address.split(":").at(-1) ?? "";
    for (const transport of ["grpc", "websocket"] as const) {
      const line = await told(() => connect(`localhost:${port}`, { ...soon, transport, tls: {} }));
      assert.ok(line.includes(` (${advice}: `), line);
    }
  });

  it("another program's port", async (t) => {
    const other = createHttpServer((_, response) => response.end("hello")).listen(0, "127.0.0.1");
    await once(other, "listening");
    t.after(() => {
      other.close();
      other.closeAllConnections();
    });
    const { port } = other.address() as AddressInfo;
    const overGrpc = await told(() => connect(`127.0.0.1:${port}`, soon));
    assert.ok(overGrpc.includes("(what listens there does not speak gRPC: "), overGrpc);
    assert.equal(
      await told(() => connect(`ws://127.0.0.1:${port}`, soon)),
      `Cannot reach a Roomline server at ws://127.0.0.1:${port}/connect within 0.4 s (what listens there answers, but not as a WebSocket: Unexpected server response: 200). ${startIt}`,
    );
  });

  it("a page of another origin: the log of the server says what to set", async (t) => {
    const warnings: string[] = [];
    const log = {
      ...silentLog,
      warn: (_: object, line: string) => void warnings.push(line),
      child: () => log,
    };
    const { address } = await start(t, { log, authenticate: () => ({ clientId: "ann" }) });
    const page = new WebSocket(`ws://${address}/connect`, "roomline.v1", {
      origin: "https://game.example",
    });
    const [error] = (await once(page, "error")) as [Error];
    assert.equal(error.message, "Unexpected server response: 403");
    assert.deepEqual(warnings, [
      "Pages of the origin https://game.example may not connect. Name it in the server's option allowedOrigins. If it is a page of this server itself, a proxy changes the Host header: let it pass it on.",
    ]);
  });

  const wrongJoins = [
    ["a join of nothing", [contract, {}], "join() needs a roomType, a roomId, or both."],
    [
      "a join of no room type",
      [contract, { roomType: "chatt" }],
      'There is no room type "chatt". This server has: chat.',
    ],
    [
      "a join by name alone",
      ["chat"],
      'join takes a contract first, made by defineContract, and then its options; the text "chat" is none.',
    ],
    [
      "a name in the place of options",
      [contract, "chat"],
      'join takes an object with roomType, roomId, mode and the like, not the text "chat".',
    ],
  ] as const;
  for (const [what, args, line] of wrongJoins) {
    it(what, async (t) => {
      const client = await enter(t, (await start(t)).address);
      const join = () => client.join(...(args as unknown as Parameters<typeof client.join>));
      assert.equal(await told(join), line);
    });
  }

  it("a contract that has what the room does not", async (t) => {
    const other = defineContract({ inputs: { shout: json() } });
    const client = await enter(t, (await start(t)).address);
    assert.equal(
      await told(async () => {
        const session: Session<typeof other> = await client.join(other, { roomType: "chat" });
        await session.send("shout", "x");
      }),
      'The contract of room type "chat" is not this client\'s: it has no input "shout".',
    );
  });

  it("names and values that are not of the contract", async (t) => {
    const server = await start(t);
    const client = await enter(t, server.address);
    const session = await client.join(contract, { roomType: "chat" });
    const lines = [
      [
        () => session.on(any("sayd"), () => undefined),
        'The contract has no event "sayd". Did you mean "said"?',
      ],
      [() => session.send(any("sya"), any(1)), 'The room has no input "sya". Did you mean "say"?'],
      [
        () => session.send("say", undefined),
        "payload is undefined, which JSON does not carry: give null",
      ],
      [
        () => session.send("say", () => 1),
        "payload is a function, which JSON does not carry: leave it out",
      ],
      [
        () => server.room(session.roomId).publish(any("x"), 1),
        'Room type "chat" has no event "x". It has: said.',
      ],
    ] as const;
    for (const [mistake, line] of lines) assert.equal(await told(mistake), line);
  });

  it("a second tab of the same name: the first is told that it needs one of its own", async (t) => {
    const { address } = await start(t);
    for (const transport of ["grpc", "websocket"] as const) {
      const first = await enter(t, address, { clientId: "tab", transport });
      const session = await first.join(contract, { roomType: "chat" });
      const closed = new Promise<unknown>((resolve) => first.onStateChange(resolve));
      await enter(t, address, { clientId: "tab", transport });
      assert.equal(await closed, "closed");
      assert.equal(
        await told(() => session.send("say", 1)),
        "The session is over: superseded. A newer connection with this clientId took over; a second player or tab needs one of its own.",
      );
    }
  });

  it("a handler that throws: the player hears that the room failed, the operator why", async (t) => {
    const failures: string[] = [];
    const failing = defineRoom(contract, {
      onInput: {
        say() {
          throw new TypeError("secret of the house");
        },
      },
    });
    const log = {
      ...silentLog,
      error: (fields: object) => void failures.push(String((fields as { err: Error }).err.stack)),
      child: () => log,
    };
    const client = await enter(t, (await start(t, { rooms: { chat: failing }, log })).address);
    const session = await client.join(contract, { roomType: "chat" });
    const said = new Promise<string>((resolve) =>
      session.onError(({ message }) => resolve(message)),
    );
    void session.send("say", 1).catch(() => undefined);
    assert.equal(await said, "The room failed to handle this input.");
    assert.match(failures.join("\n"), /^TypeError: secret of the house\n +at say .*mistakes\.test/);
  });
});
