import assert from "node:assert/strict";
import { test } from "node:test";
import { createCuttableFetch } from "../../examples/ticker/page/cuttable-fetch.ts";

/** A server whose answers stream for as long as the test wants. */
function createStreams() {
  const streams: { write(text: string): void; end(): void; signal: AbortSignal | undefined }[] = [];
  const way: typeof fetch = (_input, init) => {
    const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>>();
    const writer = writable.getWriter();
    streams.push({
      write: (text) => void writer.write(new TextEncoder().encode(text)),
      end: () => void writer.close(),
      signal: init?.signal ?? undefined,
    });
    return Promise.resolve(new Response(readable, { status: 203 }));
  };
  return { streams, way };
}

test("a cuttable fetch: passes on what comes", async () => {
  const { streams, way } = createStreams();
  const network = createCuttableFetch(way);
  const response = await network.fetch("/watch");
  streams[0]?.write("a trade");
  streams[0]?.end();
  assert.equal(await response.text(), "a trade");
  assert.equal(response.status, 203);
});

test("a cuttable fetch: a cut breaks what streams, as a network does, and nobody gets through meanwhile", async () => {
  const { streams, way } = createStreams();
  const network = createCuttableFetch(way);
  const reader = (await network.fetch("/watch")).body?.getReader();
  assert.ok(reader !== undefined);
  streams[0]?.write("a");
  assert.equal((await reader.read()).done, false);
  network.cut(10_000);
  await assert.rejects(reader.read(), TypeError);
  assert.equal(streams[0]?.signal?.aborted, true, "the answer is not read on in secret");
  await assert.rejects(network.fetch("/watch"), TypeError);
  assert.equal(streams.length, 1);
  network.cut(0);
  const again = await network.fetch("/watch");
  streams[1]?.end();
  assert.equal(await again.text(), "");
});

test("a cuttable fetch: whoever asks can give up", async () => {
  const { streams, way } = createStreams();
  const network = createCuttableFetch(way);
  const asking = new AbortController();
  const response = await network.fetch("/watch", { signal: asking.signal });
  asking.abort();
  assert.equal(streams[0]?.signal?.aborted, true);
  await response.body?.cancel();
});
