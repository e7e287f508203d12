import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { dialLocal, listenLocal } from "../../server/transport/local/socket.ts";
import { closeReasons } from "../../shared/close-reason.ts";
import { createSystemClock } from "../../shared/clock.ts";
import type { ContractNetwork } from "./contract-network.ts";
import { RecordedEnd, settleEnds } from "./recorded-end.ts";
import { transportContract } from "./transport-contract.ts";
import { waitUntil } from "./wait-until.ts";

/** A folder of its own for one socket. */
async function openLocal() {
  const folder = mkdtempSync(join(tmpdir(), "roomline-local-"));
  const path = join(folder, "node");
  // Nothing may end only because somebody's patience did.
  const parts = { clock: createSystemClock(), lingerMs: 60_000 };
  const accepted: RecordedEnd[] = [];
  const take = (stream: ConstructorParameters<typeof RecordedEnd>[0]): void =>
    void accepted.push(new RecordedEnd(stream));
  const listener = await listenLocal(path, take, parts);
  const close = async (): Promise<void> => {
    await listener.close();
    rmSync(folder, { recursive: true });
  };
  return { path, parts, accepted, close };
}

async function createLocalNetwork(): Promise<ContractNetwork> {
  const { path, parts, accepted, close } = await openLocal();
  const clients: RecordedEnd[] = [];
  return {
    async connect(metadata = new Map()) {
      const client = new RecordedEnd(dialLocal(path, parts));
      clients.push(client);
      await waitUntil(() => accepted.length === clients.length, "the other end");
      const server = accepted.at(-1);
      assert.ok(server !== undefined);
      return { client, server, peer: { protocol: "memory", address: path, metadata } };
    },
    until: waitUntil,
    settle: () => settleEnds(() => [...clients, ...accepted]),
    async end() {
      for (const client of clients) client.transport.destroy();
      await close();
      const all = [...clients, ...accepted];
      await waitUntil(() => all.every(({ closes }) => closes.length > 0), "all ends");
    },
  };
}

transportContract({
  name: "local socket",
  clientReasonsTravel: true,
  // What was sent before the break stands in front of it, unread, and keeps it from being seen.
  breaksReachPausedClients: false,
  createNetwork: createLocalNetwork,
});

test("a stream to where nobody listens is lost", async () => {
  const client = new RecordedEnd(
    dialLocal(join(tmpdir(), "roomline-nobody"), { clock: createSystemClock() }),
  );
  await waitUntil(() => client.closes.length === 1, "the end");
  assert.equal(client.close.reason, closeReasons.connectionLost);
});

test("frames are whole however their bytes come, and what is none ends the stream", async () => {
  const { path, accepted, close } = await openLocal();
  const socket = connect(path);
  const bytes = Buffer.concat(
    ["a", "", "three"].map((text) =>
      Buffer.from(`\0\0\0${String.fromCharCode(text.length)}${text}`),
    ),
  );
  for (const byte of bytes) {
    socket.write(Uint8Array.of(byte));
    await sleep(1);
  }
  await waitUntil(() => accepted[0]?.frames.length === 3, "three frames");
  assert.deepEqual(accepted[0]?.texts, ["a", "", "three"]);
  socket.write(Uint8Array.of(0x7f, 0xff, 0xff, 0xff));
  await waitUntil(() => accepted[0]?.closes.length === 1, "the end");
  assert.equal(accepted[0].close.reason, closeReasons.connectionLost);
  await close();
});
