import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { connect } from "../../client/index.ts";
import { defineContract, json } from "../../shared/contract/index.ts";
import { createServer, defineRoom, type Log, type ServerOptions } from "../../server/index.ts";

const contract = defineContract({ events: { e: json() } });

/** A promise that is done when the test says so, and whether it was asked for. */
function latch() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open: () => open(), opened };
}

async function start(options: ServerOptions) {
  const lines: { level: string; message: string; fields: object }[] = [];
  const at =
    (level: string) =>
    (fields: object, message: string): void =>
      void lines.push({ level, message, fields });
  const log: Log = {
    ...{ debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") },
    child: () => log,
  };
  const server = await createServer({ host: "127.0.0.1", port: 0, log, ...options });
  return { server, lines };
}

const pending = Symbol("pending");
/** What a promise is at after all else that is ready has gone on. */
async function stateOf(promise: Promise<unknown>): Promise<unknown> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  return Promise.race([promise, Promise.resolve(pending)]);
}

describe("the end of a server", () => {
  it("DR-1: close waits for onLeave and onClose, and nothing is left then", async () => {
    const saved: string[] = [];
    const [leaving, closing] = [latch(), latch()];
    const room = defineRoom(contract, {
      async onLeave(_room, { id }) {
        await leaving.opened;
        saved.push(id);
      },
      async onClose({ id }) {
        await closing.opened;
        saved.push(id);
      },
    });
    const { server, lines } = await start({ rooms: { room } });
    const client = await connect(server.address, { clientId: "ann", reconnect: false });
    await client.join(contract, { roomType: "room", roomId: "r" });
    const closed = server.close();
    assert.equal(await stateOf(closed), pending);
    leaving.open();
    assert.equal(await stateOf(closed), pending);
    closing.open();
    await closed;
    assert.deepEqual(saved, ["ann", "r"]);
    assert.ok(Object.values(server.usage).every((count) => count === 0));
    assert.deepEqual(
      lines.filter(({ level }) => level === "warn"),
      [],
    );
    await client.close();
  });

  it("DR-1: what is not done at the deadline is given up, with one line that says how many", async () => {
    const never = () => new Promise<void>(() => undefined);
    const room = defineRoom(contract, { onLeave: never, onClose: never });
    const { server, lines } = await start({ rooms: { room } });
    const client = await connect(server.address, { clientId: "ann", reconnect: false });
    await client.join(contract, { roomType: "room" });
    await server.close(50);
    const warned = lines.filter(({ level }) => level === "warn");
    assert.deepEqual(
      warned.map(({ fields }) => "hooks" in fields && fields.hooks),
      [2],
    );
    assert.equal(lines.at(-1)?.message, "closed");
    await client.close();
  });

  it("DR-1: drain waits for the onLeave of those who go", async () => {
    const leaving = latch();
    const room = defineRoom(contract, { onLeave: () => leaving.opened });
    const { server } = await start({ rooms: { room } });
    const client = await connect(server.address, { clientId: "ann", reconnect: false });
    const session = await client.join(contract, { roomType: "room" });
    await session.leave();
    await client.close();
    const drained = server.drain();
    assert.equal(await stateOf(drained), pending);
    leaving.open();
    await drained;
    await server.close();
  });

  it("DR-1: end drains and closes by one deadline, of which rooms have their part", async () => {
    let saved = false;
    const room = defineRoom(contract, {
      onClose: async () => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        saved = true;
      },
    });
    const { server } = await start({ rooms: { room } });
    // One that does not go by itself.
    const client = await connect(server.address, { clientId: "ann", reconnect: false });
    await client.join(contract, { roomType: "room" });
    const startedMs = performance.now();
    await server.end(1_000);
    assert.ok(performance.now() - startedMs < 1_500);
    assert.ok(saved);
    await server.closed;
    await client.close();
  });
});

describe("rooms that the program makes", () => {
  const wrong: readonly (readonly [what: string, options: unknown, names: RegExp])[] = [
    ["a date", { from: new Date(0) }, /options\.from/],
    ["a bigint deep inside", { a: [{ b: 1n }] }, /options\.a.*b/],
    ["a function", () => 1, /options is/],
  ];
  for (const [what, options, names] of wrong) {
    it(`options with ${what} are refused by name, and create never sees them`, async () => {
      let made = 0;
      const room = defineRoom(contract, {
        create: () => {
          made++;
        },
      });
      const { server } = await start({ rooms: { room } });
      await assert.rejects(
        async () => server.createRoom("room", { options }),
        (error: unknown) => {
          assert.ok(error instanceof Error && "code" in error);
          assert.equal(error.code, "invalid-argument");
          assert.match(error.message, names);
          return true;
        },
      );
      assert.equal(made, 0);
      await server.close();
    });
  }

  it("JN-4: it resolves when an async create is done, and rejects as create does", async () => {
    const room = defineRoom(contract, {
      async create(_room, options) {
        await Promise.resolve();
        if (options === "no") throw new Error("secret");
        return options;
      },
    });
    const { server } = await start({ rooms: { room } });
    assert.equal(await server.createRoom("room", { roomId: "r", options: { level: 1 } }), "r");
    await assert.rejects(async () => server.createRoom("room", { options: "no" }), {
      code: "join-refused",
      message: 'A room "room" could not be made.',
    });
    assert.equal(server.usage.rooms, 1);
    await server.close();
  });
});
