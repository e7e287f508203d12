import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  bothWays,
  type ConnectedEnds,
  type Contract,
  type ContractNetwork,
  type TransportKind,
} from "./contract-network.ts";
import { breaking, closing } from "./contract-of-ends.ts";

/** What every transport promises. */
export function transportContract(kind: TransportKind): void {
  const contract = (
    promise: string,
    check: (ends: ConnectedEnds, network: ContractNetwork) => Promise<void>,
  ): void => {
    void test(promise, async () => {
      const network = await kind.createNetwork();
      const ends = await network.connect(new Map([["client-id", "ann"]]));
      await check(ends, network);
      await network.settle();
      await network.end();
      for (const end of [ends.client, ends.server]) {
        assert.deepEqual(end.violations, []);
        assert.equal(end.closes.length, 1, "onClose comes exactly once");
      }
    });
  };
  void describe(`${kind.name} transport`, () => {
    frames(contract);
    backPressure(contract);
    closing(contract, kind);
    breaking(contract, kind);
  });
}

function frames(contract: Contract): void {
  contract("gives the server what it knows of the peer", async ({ peer }) => {
    assert.equal(peer.metadata.get("client-id"), "ann");
    assert.notEqual(peer.address, "");
    await Promise.resolve();
  });

  contract(
    "delivers frames both ways, intact and in order",
    async ({ client, server }, network) => {
      const texts = Array.from({ length: 50 }, (_, index) => `frame ${index}`);
      for (const text of texts) {
        client.send(`to server ${text}`);
        server.send(`to client ${text}`);
      }
      await network.until(() => client.frames.length + server.frames.length >= 100, "100 frames");
      assert.deepEqual(
        server.texts,
        texts.map((text) => `to server ${text}`),
      );
      assert.deepEqual(
        client.texts,
        texts.map((text) => `to client ${text}`),
      );
    },
  );

  contract("keeps the bounds of frames, empty and large ones too", async (ends, network) => {
    const sizes = [0, 1, 0, 60_000, 4, 0, 16_384, 65_536];
    for (const [sender, receiver] of bothWays(ends)) {
      for (const [index, size] of sizes.entries()) sender.send(new Uint8Array(size).fill(index));
      await network.until(() => receiver.frames.length >= sizes.length, "all frames");
      assert.deepEqual(
        receiver.frames.map((frame) => frame.length),
        sizes,
      );
      assert.ok(receiver.frames.every((frame, index) => frame.every((byte) => byte === index)));
    }
  });

  contract("FR-4 a server's frames may share their end", async ({ client, server }, network) => {
    const sizes = [1, 100, 200, 60_000, 70_000];
    for (const size of sizes) {
      const shared = new Uint8Array(size).fill(size % 251);
      const before = shared.slice();
      server.sendShared("head", shared);
      server.send("between");
      server.sendShared("", shared);
      await network.until(() => client.frames.length === 3, "three frames");
      const came = client.frames.splice(0).map((frame) => Buffer.from(frame));
      assert.deepEqual(came, [
        Buffer.concat([Buffer.from("head"), before]),
        Buffer.from("between"),
        Buffer.from(before),
      ]);
      assert.deepEqual(shared, before);
    }
    // What waits, waits as with any other frame, and is told when it is through.
    const drains = server.drains;
    const large = new Uint8Array(50_000);
    while (server.sendShared("", large));
    await network.until(() => server.drains > drains, "a drain");
  });

  contract("leaves frames alone that the receiver keeps", async ({ client, server }, network) => {
    client.send("kept");
    await network.until(() => server.frames.length === 1, "a frame");
    for (let count = 0; count < 20; count++) client.send("a".repeat(10_000));
    await network.until(() => server.frames.length === 21, "more frames");
    assert.equal(server.texts[0], "kept");
  });

  contract("answers from within onFrame", async ({ client, server }, network) => {
    server.whenFrame = () => void server.send(`echo ${server.texts.at(-1) ?? ""}`);
    client.send("hello");
    await network.until(() => client.frames.length === 1, "the echo");
    assert.deepEqual(client.texts, ["echo hello"]);
  });
}

function backPressure(contract: Contract): void {
  contract(
    "stops a sender whose reader is paused, and lets it go on later",
    async (ends, network) => {
      for (const [sender, receiver] of bothWays(ends)) {
        const frame = new Uint8Array(32_768);
        // Transports that ask how far the other side has read know by this that it answers.
        sender.send(frame);
        await network.settle();
        receiver.frames.length = 0;
        let sent = 0;
        const sendWhileTaken = (): void => {
          do sent++;
          while (sender.send(frame.fill(sent % 251)));
        };
        receiver.transport.pauseReading();
        sender.whenDrain = sendWhileTaken;
        sendWhileTaken();
        await network.settle();
        sender.whenDrain = undefined;
        const drainsPaused = sender.drains;
        const { bufferedBytes } = sender.transport;
        // Nothing waits here when all of it is under way, in a window that is full.
        const isUnderWay = bufferedBytes === 0;
        assert.ok(isUnderWay || bufferedBytes >= frame.length, `bufferedBytes is ${bufferedBytes}`);
        assert.ok(bufferedBytes <= 4 * frame.length, `bufferedBytes is ${bufferedBytes}`);
        assert.ok(sent * frame.length < 16 * 1_048_576, `${sent} frames went nowhere`);

        sender.send("one more is still taken");
        assert.ok(isUnderWay || sender.transport.bufferedBytes > bufferedBytes);
        await network.settle();
        assert.equal(sender.drains, drainsPaused, "drained though nobody reads");

        receiver.transport.resumeReading();
        await network.until(() => receiver.frames.length === sent + 1, "all frames");
        await network.until(() => sender.drains === drainsPaused + 1, "onDrain");
        await network.until(() => sender.transport.bufferedBytes === 0, "an empty buffer");
        for (const [index, got] of receiver.frames.slice(0, sent).entries()) {
          assert.equal(got[0], (index + 1) % 251);
        }
        assert.equal(receiver.texts.at(-1), "one more is still taken");
      }
    },
  );

  contract(
    "keeps one direction flowing while the other stands",
    async ({ client, server }, network) => {
      server.transport.pauseReading();
      while (client.send(new Uint8Array(65_536)));
      server.send("still here");
      await network.until(() => client.frames.length === 1, "a frame");
      server.transport.resumeReading();
      await network.until(() => client.transport.bufferedBytes === 0, "an empty buffer");
    },
  );
}
