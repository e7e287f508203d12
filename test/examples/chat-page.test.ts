import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestServer, type TestClient, type TestServer } from "roomline/testing";
import { chat } from "../../examples/chat/contract.ts";
import { ChatRoom, type CaughtUp } from "../../examples/chat/page/model/chat-room.ts";
import { recall, remember } from "../../examples/chat/page/model/memory.ts";
import { hueOf, initials } from "../../examples/chat/page/model/names.ts";
import { Outage } from "../../examples/chat/page/model/outage.ts";
import { RoomLog, type Said } from "../../examples/chat/page/model/room-log.ts";
import { timeline } from "../../examples/chat/page/model/timeline.ts";
import { chatRoom } from "../../examples/chat/room.ts";

const hourMs = 3_600_000;
/** Noon, so that a few hours more or less are the same day anywhere. */
const noonMs = new Date(2026, 4, 10, 12).getTime();

function said(key: string, sender: string, timeMs = noonMs): Said {
  return { type: "said", key, sender, name: sender, text: key, timeMs };
}

/** One room of one person, as the page holds it. */
async function open(
  server: TestServer,
  { client }: TestClient,
): Promise<{ room: ChatRoom; caughtUp: CaughtUp[] }> {
  const caughtUp: CaughtUp[] = [];
  const joining = client.join(chat, { roomType: "chat", roomId: "lobby" }).then(
    (session) =>
      new ChatRoom({
        session,
        name: client.clientId,
        nowMs: () => client.serverNow(),
        onChange: () => undefined,
        onCaughtUp: (it) => caughtUp.push(it),
      }),
  );
  const room = await server.settle(joining);
  await server.advance(1_000);
  return { room, caughtUp };
}

function texts(room: ChatRoom): string[] {
  return room.log.entries.map(({ text }) => text);
}

test("chat page: a cut is caught up with, marked, and nothing is there twice", async () => {
  const server = createTestServer({ rooms: { chat: chatRoom } });
  const [ann, bob] = [await server.connect("ann"), await server.connect("bob")];
  const { room: anns, caughtUp } = await open(server, ann);
  const { room: bobs } = await open(server, bob);
  anns.isSeen = true;
  bobs.say("one");
  await server.advance(1_000);
  assert.equal(anns.log.newSinceKey, undefined);
  ann.cut();
  bobs.say("two");
  bobs.say("three");
  anns.say("from offline");
  assert.deepEqual(
    anns.log.pending.map(({ text, status }) => [text, status]),
    [["from offline", "sending"]],
  );
  await server.advance(30_000);
  assert.deepEqual(texts(anns), ["bob joined", "one", "two", "three", "from offline"]);
  assert.deepEqual(texts(bobs), ["one", "two", "three", "from offline"]);
  assert.deepEqual(anns.log.pending, []);
  assert.deepEqual(caughtUp, [{ messages: 2, gone: 0, beganAnew: false }]);
  const marked = anns.log.entries.find(({ key }) => key === anns.log.newSinceKey);
  assert.equal(marked?.text, "two");
  await server.settle(Promise.all([ann.client.close(), bob.client.close()]));
  server.stop();
});

test("chat page: history is neither new nor caught up; a pause tells what had waited", async () => {
  const server = createTestServer({ rooms: { chat: chatRoom } });
  const [ann, bob] = [await server.connect("ann"), await server.connect("bob")];
  const { room: bobs } = await open(server, bob);
  bobs.say("before");
  await server.advance(1_000);
  const { room: anns, caughtUp } = await open(server, ann);
  assert.deepEqual(texts(anns), ["before"]);
  assert.equal(anns.log.unread, 0);
  anns.pause();
  await server.advance(1_000);
  assert.equal(anns.status, "paused");
  bobs.say("meanwhile");
  await server.advance(1_000);
  assert.deepEqual(texts(anns), ["before"]);
  anns.resume();
  await server.advance(1_000);
  assert.deepEqual(texts(anns), [
    "before",
    "meanwhile",
    "1 message waited here while you were away.",
  ]);
  assert.equal(anns.log.unread, 1);
  assert.deepEqual(caughtUp, []);
  await server.settle(Promise.all([ann.client.close(), bob.client.close()]));
  server.stop();
});

test("chat page: a room that is looked at again before its pause has come about goes on", async () => {
  const server = createTestServer({ rooms: { chat: chatRoom } });
  const [ann, bob] = [await server.connect("ann"), await server.connect("bob")];
  const { room: anns } = await open(server, ann);
  const { room: bobs } = await open(server, bob);
  anns.pause();
  anns.resume();
  await server.advance(1_000);
  bobs.say("hello");
  await server.advance(1_000);
  assert.equal(anns.status, "active");
  assert.deepEqual(texts(anns), ["bob joined", "hello"]);
  await server.settle(Promise.all([ann.client.close(), bob.client.close()]));
  server.stop();
});

test("chat page: what is said of an outage is the sum over the rooms, and no better than it was", () => {
  const outage = new Outage(1_000);
  outage.end(3_500);
  assert.deepEqual(outage.summary(), {
    text: "Back after 2.5 s: caught up 0 messages, nothing is missing.",
    isWhole: true,
  });
  outage.caughtUp({ messages: 1, gone: 0, beganAnew: false });
  assert.match(outage.summary().text, /caught up 1 message, nothing is missing\.$/);
  outage.caughtUp({ messages: 2, gone: 7, beganAnew: false });
  outage.caughtUp({ messages: 0, gone: 0, beganAnew: true });
  assert.deepEqual(outage.summary(), {
    text: "Back after 2.5 s: caught up 3 messages, 7 events can no longer be had, 1 room began anew.",
    isWhole: false,
  });
});

test("chat page: what nobody has seen is counted, and the line stands before the first of it", () => {
  const log = new RoomLog();
  log.said(said("a", "bob"), true);
  log.said(said("b", "bob"), false);
  log.said(said("c", "bob"), false);
  assert.equal(log.unread, 2);
  assert.equal(log.newSinceKey, "b");
  log.read();
  assert.equal(log.unread, 0);
  assert.equal(log.newSinceKey, "b", "one still sees where the new began");
  log.said(said("d", "bob"), false);
  assert.equal(log.newSinceKey, "d");
  log.send(1, "mine", noonMs);
  assert.equal(log.newSinceKey, undefined);
});

test("chat page: a message of ours goes from sending to sent, or says why not", () => {
  const log = new RoomLog();
  log.send(1, "first", noonMs);
  log.send(2, "second", noonMs);
  log.settle(2, "failed", "too much at once");
  log.settle(1, "sent");
  assert.deepEqual(
    log.pending.map(({ n, status, reason }) => [n, status, reason]),
    [
      [1, "sent", ""],
      [2, "failed", "too much at once"],
    ],
  );
  log.saidBack(said("first", "me"), 1);
  log.discard(2);
  assert.deepEqual(log.pending, []);
  assert.equal(log.entries.length, 1);
});

test("chat page: the log of a page that stays open is bounded", () => {
  const log = new RoomLog();
  for (let n = 0; n < 1_100; n++) log.said(said(`${n}`, "bob"), true);
  assert.equal(log.entries.length, 1_000);
  assert.equal(log.entries.at(-1)?.key, "1099");
});

test("chat page: rows are days, the line of the new, and messages under one name each", () => {
  const entries = [
    said("a", "ann", noonMs - 48 * hourMs),
    said("b", "ann", noonMs - 24 * hourMs),
    said("c", "ann", noonMs),
    said("d", "ann", noonMs + 1_000),
    said("e", "bob", noonMs + 2_000),
    said("f", "bob", noonMs + 3_000),
    said("g", "bob", noonMs + hourMs),
    { type: "remark", key: "r", text: "ann left", timeMs: noonMs + hourMs, isWarning: false },
    said("h", "bob", noonMs + hourMs),
  ] as const;
  const rows = timeline(entries, "f", noonMs + 2 * hourMs).map((row) => {
    if (row.type === "said") return `${row.key}${row.isFirst ? " with name" : ""}`;
    return row.type === "day" ? row.label : row.type;
  });
  const [earlier, ...rest] = rows;
  assert.match(earlier ?? "", /8/);
  assert.deepEqual(rest, [
    "a with name",
    ...["Yesterday", "b with name", "Today", "c with name", "d", "e with name"],
    ...["new", "f with name", "g with name", "remark", "h with name"],
  ]);
});

test("chat page: a name has letters and always the same colour", () => {
  assert.equal(initials("quiet otter"), "QO");
  assert.equal(initials("ann"), "A");
  assert.equal(initials("  jean-luc p "), "JP");
  assert.equal(initials("🦊 fox"), "🦊F");
  assert.equal(hueOf("ann"), hueOf("ann"));
  assert.notEqual(hueOf("ann"), hueOf("bob"));
});

test("chat page: what was remembered may be anything", () => {
  const usual = { name: "", rooms: ["lobby", "games", "music"], pauseInBackground: false };
  for (const stored of [null, "", "{", "7", "null", "[]", `{"rooms":7}`])
    assert.deepEqual(recall({ getItem: () => stored }), usual, String(stored));
  let kept = "";
  const memory = { name: "ann", rooms: ["a"], pauseInBackground: true };
  remember({ setItem: (_key, value) => void (kept = value) }, memory);
  assert.deepEqual(recall({ getItem: () => kept }), memory);
});
