import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { z } from "zod";
import type * as inBrowser from "../../client/browser.ts";
import type * as onNode from "../../client/index.ts";
import type { Client, EventInfo, Position, Session } from "../../client/index.ts";
import type {
  Player,
  Scored,
} from "../../examples/arena/gen/roomline/examples/arena/v1/arena_pb.ts";
import { createClientBench, lobby, type Lobby } from "./bench.ts";

/** Whether two types are assignable to each other and neither is `any`. */
type Equal<A, B> = 0 extends 1 & A ? false : [A, B] extends [B, A] ? true : false;

/** `is<Expected>()(value, true)` compiles when the value has exactly this type. */
const is =
  <Expected>() =>
  <Actual>(_value: Actual, _equal: Equal<Actual, Expected>): void =>
    undefined;

/** Never run: the compiler checks it. Each `ts-expect-error` is a wrong use that must not compile. */
export async function checked(client: Client): Promise<void> {
  const session = await client.join(lobby, { roomType: "lobby" });
  is<Session<Lobby>>()(session, true);

  // On Node and in browsers, one and the same call compiles.
  true satisfies Equal<typeof onNode.connect, typeof inBrowser.connect>;
  true satisfies Equal<onNode.ConnectOptions, inBrowser.ConnectOptions>;

  const sent = session.send("steer", { dx: 1, dy: 0 });
  is<Promise<void>>()(sent, true);
  void session.send("say", { text: "hi" }, { ephemeral: true });
  void session.send("buy", { text: "sent without caring for the reply" });
  // @ts-expect-error -- no such input
  void session.send("fly", {});
  // @ts-expect-error -- a number, not a string
  void session.send("steer", { dx: "left" });
  // @ts-expect-error -- a field is missing
  void session.send("say", {});

  const bought = await session.request("buy", { text: "sword" });
  is<{ text: string }>()(bought, true);
  // @ts-expect-error -- this input has no reply
  void session.request("steer", { dx: 1 });

  session.on("scored", (event, info) => {
    is<Scored>()(event, true);
    is<EventInfo>()(info, true);
  });
  session.on("said", async ({ text }) => {
    is<string>()(text, true);
    await Promise.resolve();
  });
  // @ts-expect-error -- no such event
  session.on("lost", () => undefined);

  const x = session.state.players.get("ann")?.x;
  is<number | undefined>()(x, true);
  // @ts-expect-error -- no such table
  const _table: keyof typeof session.state = "coins";
  session.state.players.onAdd((row, key) => {
    is<Player["hp"]>()(row.hp, true);
    is<string>()(key, true);
    // @ts-expect-error -- rows are read-only here: the room owns them
    row.hp = 3;
  });
  is<Position>()(session.position, true);
  // @ts-expect-error -- no such mode
  void session.pause({ mode: "stop" });
  // @ts-expect-error -- no such mode
  void client.join(lobby, { roomType: "lobby", mode: "any" });
}

suite("client: types", () => {
  test("what the compiler allows runs", async () => {
    const bench = createClientBench();
    const client = await bench.connect();
    const session: Session<Lobby> = await bench.join(client);
    const heard: z.infer<(typeof lobby.events.said)["schema"] & z.ZodType>[] = [];
    session.on("said", (event) => heard.push(event));
    assert.throws(() => (session as Session).on("lost", () => undefined), { code: "unknown-kind" });
    await bench.finish(client);
  });
});
