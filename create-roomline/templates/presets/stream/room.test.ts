import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestServer } from "roomline/testing";
import { conversation } from "./contract.ts";
import type { Model } from "./model.ts";
import { Reader } from "./reader.ts";
import { createConversationRoom } from "./room.ts";

// The real server and the real client, on a network and a clock that are not: no ports, no sleeps.
const words = Array.from({ length: 100 }, (_, index) => `word ${index + 1} `);
const model: Model = async function* (_question, wait) {
  for (const word of words) {
    await wait(100);
    yield word;
  }
};
const failing: Model = async function* (_question, wait) {
  yield "I know: ";
  await wait(100);
  throw new Error("out of luck");
};
const room = { roomType: "conversation", roomId: "one" };

function start(answering: Model) {
  const server = createTestServer({ rooms: { conversation: createConversationRoom(answering) } });
  const read = async (name: string) => {
    const player = await server.connect(name);
    const session = await player.join(conversation, room);
    const reader = new Reader(room.roomId);
    session.on("token", (piece) => reader.take(piece));
    const answers = () => reader.answers(session.state.answers);
    return { ...player, session, reader, answers };
  };
  return { server, read };
}

test("a reader who is cut off in the middle of an answer gets all of it, each word once", async () => {
  const { server, read } = start(model);
  const ann = await read("ann");
  await server.settle(ann.session.send("ask", { question: "Why?" }));
  await server.advance(2_000);
  ann.cut();
  await server.advance(20_000);

  assert.deepEqual(ann.answers(), [
    { number: "1", question: "Why?", status: "done", text: words.join(""), tokens: 100 },
  ]);
  assert.equal(ann.reader.missed + ann.reader.doubled, 0);
  server.stop();
});

test("who opens the page in the middle is told the beginning, and follows; the answer waits for nobody", async () => {
  const { server, read } = start(model);
  const ann = await read("ann");
  await server.settle(ann.session.send("ask", { question: "Why?" }));
  await server.advance(2_000);
  await server.settle(ann.client.close()); // a reload
  await server.advance(2_000);
  const bob = await read("bob");
  await server.advance(1_000);

  const [before] = bob.answers();
  assert.equal(before?.status, "running");
  assert.ok(before.tokens > 40, `${before.tokens} words after five seconds`);
  assert.equal(before.text, words.slice(0, before.tokens).join(""));
  await server.advance(20_000);
  assert.equal(bob.answers()[0]?.text, words.join(""));
  assert.equal(bob.reader.missed + bob.reader.doubled, 0);
  server.stop();
});

test("one answer at a time, which can be stopped", async () => {
  const { server, read } = start(model);
  const ann = await read("ann");
  await server.settle(ann.session.send("ask", { question: "Why?" }));
  await assert.rejects(server.settle(ann.session.send("ask", { question: "How?" })), {
    code: "refused",
  });
  await server.settle(ann.session.send("stop", {}));
  await server.advance(1_000);

  assert.equal(ann.answers()[0]?.status, "stopped");
  await server.settle(ann.session.send("ask", { question: "How?" }));
  server.stop();
});

test("a model that fails ends its answer, and the next question may come", async () => {
  const { server, read } = start(failing);
  const ann = await read("ann");
  await server.settle(ann.session.send("ask", { question: "Why?" }));
  await server.advance(1_000);

  const [answer] = ann.answers();
  assert.deepEqual([answer?.status, answer?.text], ["failed", "I know: "]);
  await server.settle(ann.session.send("ask", { question: "Why not?" }));
  server.stop();
});

test("a reader goes on with what it has kept, and counts what comes twice or not at all", () => {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
  const rows = [["1", { question: "?", status: "running", text: "", tokens: 0 }]] as const;
  const take = (...numbers: readonly number[]) => {
    const reader = new Reader("one", storage);
    for (const number of numbers) reader.take({ answer: "1", number, text: `${number} ` });
    const [answer] = reader.answers(rows);
    return [answer?.text, reader.missed, reader.doubled];
  };

  assert.deepEqual(take(1, 2), ["1 2 ", 0, 0]);
  assert.deepEqual(take(3), ["1 2 3 ", 0, 0], "after a reload");
  assert.deepEqual(take(1, 2, 3, 4), ["1 2 3 4 ", 0, 0], "told from the beginning, to a new seat");
  assert.deepEqual(take(4), ["1 2 3 4 ", 0, 1]);
  assert.deepEqual(take(7), ["1 2 3 4 7 ", 2, 1]);
});
