import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { connect, type Session } from "../../client/index.ts";
import { createServer, defineRoom, RoomlineError, silentLog } from "../../server/index.ts";
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

describe("the mistakes of a newcomer are answered in one line that says what to do", () => {
  const start = async (
    t: { after(end: () => unknown): void },
    options: Partial<Parameters<typeof createServer>[0]> = {},
  ) => {
    const server = await createServer({
      host: "127.0.0.1",
      port: 0,
      rooms: { chat },
      log: silentLog,
      ...options,
    });
    t.after(() => server.close());
    return server;
  };

  it("a port that is taken", async (t) => {
    const { port } = await start(t);
    const rooms = { chat };
    const line = await told(() => createServer({ host: "127.0.0.1", port, rooms }));
    assert.match(line, new RegExp(`${port}.*(port|address)`, "i"));
  });

  it("a wrong option", async () => {
    const line = await told(() => createServer(any({ rooms: { chat }, prot: 1 })));
    assert.match(line, /"prot".*Did you mean "port"/);
  });

  it("a missing handler", async () => {
    const line = await told(() => defineRoom(contract, any({})));
    assert.match(line, /input "say".*onInput has no handler.*Add one/);
  });

  it("a missing token", async (t) => {
    const server = await start(t, {
      authenticate({ token }) {
        if (token === "") throw new RoomlineError("join-refused", "Sign in first.");
        return { clientId: "ann" };
      },
    });
    assert.match(await told(() => connect(server.address)), /token is missing.*Sign in first/);
  });

  it("a wrong form of an address", async () => {
    const line = await told(() => connect("ftp://localhost", { clientId: "ann" }));
    assert.match(line, /address of a server is HOST:PORT, .*not "ftp:\/\/localhost"/);
  });

  it("no server", async () => {
    const options = { clientId: "ann", connectTimeoutMs: 200 };
    const line = await told(() => connect("localhost:1", options));
    assert.match(line, /localhost:1 .*Start the server or check the address/);
  });

  const joined = async (
    t: { after(end: () => unknown): void },
    join: (server: { readonly address: string }) => Promise<{ readonly line: string }>,
    options = {},
  ) => (await join(await start(t, options))).line;

  for (const [what, args, line] of [
    ["a join of nothing", [contract, {}], /room/],
    ["a join of no room type", [contract, { roomType: "chatt" }], /chatt/],
    ["a join by name alone", ["chat"], /contract first/],
  ] as const) {
    it(what, async (t) => {
      const said = await joined(t, async ({ address }) => {
        const client = await connect(address, { clientId: "ann" });
        const text = await told(() =>
          client.join(...(args as unknown as Parameters<typeof client.join>)),
        );
        await client.close();
        return { line: text };
      });
      assert.match(said, line);
    });
  }

  it("a contract that has what the room does not", async (t) => {
    const other = defineContract({ inputs: { shout: json() } });
    const said = await joined(t, async ({ address }) => {
      const client = await connect(address, { clientId: "ann" });
      const text = await told(async () => {
        const session: Session<typeof other> = await client.join(other, { roomType: "chat" });
        await session.send("shout", "x");
      });
      await client.close();
      return { line: text };
    });
    assert.match(said, /shout/);
  });

  it("a handler that throws: the player hears that the room failed, the operator why", async (t) => {
    const lines: string[] = [];
    const failing = defineRoom(contract, {
      onInput: {
        say() {
          throw new TypeError("secret of the house");
        },
      },
    });
    const log = {
      ...silentLog,
      error: (fields: object) => void lines.push(String((fields as { err: Error }).err.stack)),
      child: () => log,
    };
    const said = await joined(
      t,
      async ({ address }) => {
        const client = await connect(address, { clientId: "ann" });
        const session = await client.join(contract, { roomType: "chat" });
        const text = await new Promise<string>((resolve) => {
          session.onError(({ message }) => resolve(message));
          void session.send("say", 1).catch(() => undefined);
        });
        await client.close();
        return { line: text };
      },
      { rooms: { chat: failing }, log },
    );
    assert.match(said, /room failed/);
    assert.ok(!said.includes("secret"));
    assert.match(lines.join("\n"), /TypeError: secret of the house\n +at say .*mistakes\.test/);
  });
});
