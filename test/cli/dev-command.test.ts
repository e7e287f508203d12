// roomline dev, by its command: real processes, real files, players on real sockets.
import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import { connect, type Client, type Session } from "../../client/index.ts";
import { defineContract, json } from "../../shared/contract/index.ts";
import { startDev, type DevProject } from "./dev-project.ts";

const contract = defineContract({
  inputs: { say: json<string>() },
  events: { said: json<string>() },
  state: { lines: json<{ text: string; by?: string }>() },
});

const contractCode = (state = "lines: json()", events = "said: json()"): string => `
import { defineContract, json } from "roomline/contract";
export const chat = defineContract({ inputs: { say: json() }, events: { ${events} }, state: { ${state} } });
`;

/** Rooms that answer what is said with something that was written; `more`: other parts of the room. */
const roomsCode = (answer: string, more = "portable: true,"): string => `
import { defineRoom } from "roomline/server";
import { chat } from "./lib/contract.js";
import { shout } from "./lib/shout.js";
export const rooms = { chat: defineRoom(chat, {
  ${more}
  create: () => ({ heard: 0 }),
  onInput: {
    say(room, player, text) {
      room.data.heard++;
      room.state.lines.set("line " + room.data.heard, { text });
      room.publish("said", \`${answer} \${room.data.heard} \${shout(text)}\`);
    },
  },
}) };
`;

const shoutCode = (how: string): string => `export const shout = (text) => text${how};\n`;

const files = {
  "rooms.js": roomsCode("one"),
  "lib/contract.js": contractCode(),
  "lib/shout.js": shoutCode(".toUpperCase()"),
};

interface Player {
  readonly client: Client;
  readonly session: Session<typeof contract>;
  /** What became of the connection and the session, beside that they began. */
  readonly ups: string[];
  /** Says something; resolves to what is said then. */
  readonly say: (text: string) => Promise<string>;
}

async function play(t: TestContext, { address }: DevProject, clientId = "ann"): Promise<Player> {
  const client = await connect(address, { clientId });
  t.after(() => client.close());
  const ups: string[] = [];
  client.onStateChange((state) => ups.push(state));
  const session = await client.join(contract, { roomType: "chat", roomId: "lobby" });
  session.onClose(({ reason }) => ups.push(`closed: ${reason.name}`));
  session.onRejoin(() => ups.push("rejoined"));
  session.onGap(() => ups.push("gap"));
  const say = (text: string): Promise<string> => {
    const heard = new Promise<string>((resolve) => {
      const end = session.on("said", (line) => {
        end();
        resolve(line);
      });
    });
    return session.send("say", text).then(() => heard);
  };
  return { client, session, ups, say };
}

/** What pages show of what is wrong, once that is `expected`: they hear of it a moment after the terminal. */
async function seesProblem(address: string, expected: RegExp): Promise<void> {
  const signal = AbortSignal.timeout(10_000);
  const response = await fetch(`http://${address}/roomline-reload`, { signal });
  let news = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    news += decoder.decode(chunk as Uint8Array, { stream: true });
    const newest = news.trim().split("\n\n").at(-1) ?? "";
    if (expected.test(JSON.parse(newest.replace(/^data: /, "")) as string)) return;
  }
  assert.fail(`pages show ${news}`);
}

describe("roomline dev", () => {
  test("MV-1, MV-2: what is saved takes over, of any file, and a player notices nothing but that", async (t) => {
    const dev = await startDev(t, files);
    const ann = await play(t, dev);
    assert.equal(await ann.say("a"), "one 1 A");
    dev.save("rooms.js", roomsCode("two"));
    await dev.says(/live after \d+ ms, 1 room moved/);
    assert.equal(await ann.say("b"), "two 2 B");
    dev.save("lib/shout.js", shoutCode(" + '!'"));
    await dev.says(/live after \d+ ms, 1 room moved/);
    assert.equal(await ann.say("c"), "two 3 c!");
    assert.deepEqual(
      [...ann.session.state.lines].map(([key, { text }]) => `${key} ${text}`),
      ["line 1 a", "line 2 b", "line 3 c"],
    );
    assert.deepEqual(ann.ups, [], "nothing became of the connection and the session");
    const bea = await play(t, dev, "bea");
    assert.equal(await bea.say("d"), "two 4 d!", "who comes later comes to the same room");
  });

  test("MV-7: code that does not run leaves the one before running, and says why: in the terminal and to pages", async (t) => {
    const dev = await startDev(t, files);
    const ann = await play(t, dev);
    await seesProblem(dev.address, /^$/);
    const mistakes: readonly (readonly [name: string, code: string, text: RegExp])[] = [
      ["rooms.js", roomsCode("two").replace("create: () =>", "create: ) =>"), /rooms\.js:\d+: /],
      [
        "rooms.js",
        `${roomsCode("two")}\nthrow new Error("Not today.");`,
        /rooms\.js:\d+: .*Not today\./,
      ],
      [
        "rooms.js",
        `import "./lib/missing.js";${roomsCode("two")}`,
        /rooms\.js.* "[^"]*lib\/missing\.js", which is not there/,
      ],
      ["rooms.js", "export const rooms = {};", /exports no rooms/],
      ["rooms.js", roomsCode("two", "portable: true, tickRateHz: -1,"), /tickRateHz/],
      [
        "rooms.js",
        roomsCode("two", 'save: () => 1, load() { throw new Error("I cannot."); },'),
        /The load of room type "chat" failed: I cannot\./,
      ],
      [
        "rooms.js",
        roomsCode("two").replace("rooms = { chat:", "rooms = { chats:"),
        /Room "lobby" is of the type "chat", which there is not any more/,
      ],
      [
        "lib/shout.js",
        "export const shout = (text) => text;\nexport const = 1;\n",
        /shout\.js:2: /,
      ],
    ];
    for (const [name, code, text] of mistakes) {
      dev.save(name, code);
      const [said] = await dev.says(
        /(?:roomline: [^\n]*\n)+roomline: the code of before goes on until this is mended/,
      );
      assert.match(said, text);
      await seesProblem(dev.address, text);
      assert.match(await ann.say("a"), /^one \d+ A$/, "the code of before goes on");
    }
    dev.save("lib/shout.js", shoutCode(".toUpperCase()"));
    await dev.says(/goes on until this is mended/);
    // What was looked for in vain is there now.
    dev.save("rooms.js", `import "./lib/missing.js";${roomsCode("two")}`);
    await dev.says(/goes on until this is mended/);
    dev.save("lib/missing.js", "");
    await dev.says(/live after/);
    await seesProblem(dev.address, /^$/);
    assert.match(await ann.say("a"), /^two \d+ A$/);
    assert.deepEqual(ann.ups, []);
  });

  test("MV-7, MV-8: a contract that has grown at its end takes over as well; of another one players take new seats", async (t) => {
    const dev = await startDev(t, files);
    const ann = await play(t, dev);
    assert.equal(await ann.say("a"), "one 1 A");
    dev.save(
      "lib/contract.js",
      contractCode("lines: json(), rounds: json()", "said: json(), won: json()"),
    );
    await dev.says(/live after \d+ ms, 1 room moved/);
    assert.equal(await ann.say("b"), "one 2 B");
    assert.deepEqual(ann.ups, []);
    const rejoined = new Promise<void>((resolve) => void ann.session.onRejoin(() => resolve()));
    dev.save(
      "lib/contract.js",
      contractCode("rounds: json(), lines: json()", "won: json(), said: json()"),
    );
    await rejoined;
    assert.equal(await ann.say("c"), "one 3 C", "it is the same room");
    assert.equal(ann.session.state.lines.size, 3);
    assert.deepEqual(ann.client.state, "live");
  });

  test("a room that cannot come along is told of, and its players join anew", async (t) => {
    const holding = "create: () => ({ heard: 0, on: () => 1 }),";
    const code = (answer: string) =>
      roomsCode(answer, "").replace("create: () => ({ heard: 0 }),", holding);
    const dev = await startDev(t, { ...files, "rooms.js": code("one") });
    assert.match(dev.printed(), /rooms of type "chat" end when you save.*portable: true/);
    const ann = await play(t, dev);
    assert.equal(await ann.say("a"), "one 1 A");
    const rejoined = new Promise<void>((resolve) => void ann.session.onRejoin(() => resolve()));
    dev.save("rooms.js", code("two"));
    await dev.says(/room "lobby" has ended: Room type "chat" is not portable/);
    await rejoined;
    assert.equal(await ann.say("b"), "two 1 B");
  });

  test("rooms whose process dies are lost, and their players are in new ones at once; connections stay", async (t) => {
    const dying = roomsCode("one").replace(
      "room.data.heard++;",
      'room.data.heard++; if (text === "die") process.exit(3);',
    );
    const dev = await startDev(t, { ...files, "rooms.js": dying });
    const ann = await play(t, dev);
    await ann.say("a");
    const rejoined = new Promise<void>((resolve) => void ann.session.onRejoin(() => resolve()));
    ann.session.send("say", "die").catch(() => undefined);
    await dev.says(/the process with the rooms has ended \(code 3\)/);
    await rejoined;
    assert.match(await ann.say("b"), /^one \d B$/);
    assert.deepEqual(ann.ups, ["rejoined", "gap"]);
  });

  test("rooms whose code does not return are told of, and what is saved starts them again", async (t) => {
    const looping = roomsCode("one").replace(
      "room.data.heard++;",
      'room.data.heard++; while (text === "loop");',
    );
    const dev = await startDev(t, { ...files, "rooms.js": looping });
    const ann = await play(t, dev);
    await ann.say("a");
    const rejoined = new Promise<void>((resolve) => void ann.session.onRejoin(() => resolve()));
    ann.session.send("say", "loop").catch(() => undefined);
    await dev.says(/the code of the rooms does not return/);
    await seesProblem(dev.address, /does not return/);
    dev.save("rooms.js", roomsCode("two"));
    await dev.says(/live after .*the rooms of before are lost/);
    await rejoined;
    assert.equal(await ann.say("b"), "two 1 B");
    assert.deepEqual(ann.ups, ["rejoined", "gap"]);
  });

  test("who clients are says the code of the module, and what it says when it is saved", async (t) => {
    const authenticating = (name: string): string => `${roomsCode("one")}
export const authenticate = ({ token, peer }) => {
  if (token !== "secret") throw new Error("Nobody.");
  return { clientId: "${name}", claims: { protocol: peer.protocol } };
};`;
    const dev = await startDev(t, { ...files, "rooms.js": authenticating("ann") }, [
      "--host",
      "127.0.0.1",
    ]);
    const first = await connect(dev.address, { token: "secret" });
    const session = await first.join(contract, { roomType: "chat" });
    assert.equal(session.playerId, "ann");
    await first.close();
    dev.save("rooms.js", authenticating("bea"));
    await dev.says(/live after/);
    const second = await connect(dev.address, { token: "secret" });
    assert.equal((await second.join(contract, { roomType: "chat" })).playerId, "bea");
    await second.close();
    await assert.rejects(
      connect(dev.address, { token: "other", connectTimeoutMs: 2_000 } as never),
    );
  });

  test("pages that the server gives show what is wrong", async (t) => {
    const dev = await startDev(t, files);
    const page = await fetch(`http://${dev.address}/monitor/`);
    assert.match(await page.text(), /<script src="\/roomline-reload\.js"><\/script>\n$/);
    const script = await fetch(`http://${dev.address}/roomline-reload.js`);
    assert.match(script.headers.get("content-type") ?? "", /javascript/);
    const style = await fetch(`http://${dev.address}/monitor/main.css`);
    assert.doesNotMatch(await style.text(), /roomline-reload/);
  });

  test("it ends when it is told to, with all its processes", async (t) => {
    const dev = await startDev(t, files);
    await play(t, dev);
    const { code, stderr } = await dev.stop();
    assert.equal(code, 0, stderr);
  });
});
