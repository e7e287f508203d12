import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { closeReasons } from "../../shared/close-reason.ts";
import type { PeerInfo } from "../../shared/transport.ts";
import type { RecordedEnd } from "./recorded-end.ts";

/** Two ends of one stream. */
export interface ConnectedEnds {
  readonly client: RecordedEnd;
  readonly server: RecordedEnd;
  readonly peer: PeerInfo;
}

/** A server, and the ways to it. */
export interface ContractNetwork {
  connect(metadata?: ReadonlyMap<string, string>): Promise<ConnectedEnds>;
  /** Waits until this is so. */
  until(condition: () => boolean, what: string): Promise<void>;
  /** Lets everything happen that is still going to. */
  settle(): Promise<void>;
  /** Ends everything, and proves that nothing is left. */
  end(): Promise<void>;
}

/** A kind of transport. */
export interface TransportKind {
  readonly name: string;
  /** Whether a reason the client closes for reaches the server. */
  readonly clientReasonsTravel: boolean;
  createNetwork(): Promise<ContractNetwork>;
}

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
    breaking(contract);
  });
}

type Contract = (
  promise: string,
  check: (ends: ConnectedEnds, network: ContractNetwork) => Promise<void>,
) => void;

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
        assert.ok(bufferedBytes >= frame.length, `bufferedBytes is ${bufferedBytes}`);
        assert.ok(bufferedBytes <= 4 * frame.length, `bufferedBytes is ${bufferedBytes}`);
        assert.ok(sent * frame.length < 16 * 1_048_576, `${sent} frames went nowhere`);

        sender.send("one more is still taken");
        assert.ok(sender.transport.bufferedBytes > bufferedBytes);
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

function closing(contract: Contract, kind: TransportKind): void {
  contract("carries the server's close reason, behind what was sent", async (ends, network) => {
    const { client, server } = ends;
    const detail = "going down at 12:00 % – auf Wiedersehen";
    for (let count = 0; count < 40; count++) server.send(new Uint8Array(8_000).fill(count));
    server.call(() => server.transport.close(closeReasons.draining, detail));
    await network.until(() => client.closes.length + server.closes.length === 2, "both ends");
    assert.deepEqual(
      client.frames.map((frame) => frame[0]),
      [...Array(40).keys()],
    );
    for (const end of [client, server]) {
      assert.deepEqual(end.close, { reason: closeReasons.draining, detail });
    }
  });

  contract("keeps a close reason for a client that reads later", async (ends, network) => {
    const { client, server } = ends;
    client.transport.pauseReading();
    for (let count = 0; count < 30; count++) server.send(`${count}`);
    server.transport.close(closeReasons.superseded);
    await network.settle();
    client.transport.resumeReading();
    await network.until(() => client.closes.length === 1, "the end");
    assert.equal(client.frames.length, 30);
    assert.deepEqual(client.close, { reason: closeReasons.superseded, detail: "" });
  });

  contract("carries the client's goodbye, behind what was sent", async (ends, network) => {
    const { client, server } = ends;
    for (let count = 0; count < 40; count++) client.send(new Uint8Array(8_000).fill(count));
    client.call(() => client.transport.close(closeReasons.clientClosed, "done"));
    await network.until(() => client.closes.length + server.closes.length === 2, "both ends");
    assert.deepEqual(
      server.frames.map((frame) => frame[0]),
      [...Array(40).keys()],
    );
    assert.deepEqual(client.close, { reason: closeReasons.clientClosed, detail: "done" });
    assert.equal(server.close.reason, closeReasons.clientClosed);
    if (kind.clientReasonsTravel) assert.equal(server.close.detail, "done");
  });

  contract("lets a client leave that will come back", async ({ client, server }, network) => {
    client.transport.close(closeReasons.livenessTimeout, "silence");
    await network.until(() => client.closes.length + server.closes.length === 2, "both ends");
    assert.equal(client.close.reason, closeReasons.livenessTimeout);
    assert.equal(server.close.reason.action, "resume");
    if (kind.clientReasonsTravel) assert.deepEqual(server.close, client.close);
  });

  contract("ends both when both close at once", async ({ client, server }, network) => {
    client.transport.close(closeReasons.clientClosed);
    server.transport.close(closeReasons.draining);
    await network.until(() => client.closes.length + server.closes.length === 2, "both ends");
  });

  contract("takes a close from within onFrame", async ({ client, server }, network) => {
    server.whenFrame = () => server.transport.close(closeReasons.forbidden);
    for (let count = 0; count < 5; count++) client.send("x");
    await network.until(() => client.closes.length === 1, "the end");
    assert.equal(server.frames.length, 1);
    assert.equal(client.close.reason, closeReasons.forbidden);
  });

  contract("does nothing after the end", async ({ client, server }, network) => {
    server.transport.close(closeReasons.flood, "first");
    server.transport.close(closeReasons.draining, "second");
    assert.equal(server.send("too late"), false);
    await network.until(() => client.closes.length + server.closes.length === 2, "both ends");
    for (const end of [client, server]) {
      assert.deepEqual(end.close, { reason: closeReasons.flood, detail: "first" });
      assert.equal(end.send("too late"), false);
      end.transport.pauseReading();
      end.transport.resumeReading();
      end.transport.close(closeReasons.draining);
      end.transport.destroy();
    }
    await network.settle();
    assert.deepEqual([client.frames, server.frames], [[], []]);
  });
}

function breaking(contract: Contract): void {
  contract("ends both when one is destroyed", async (ends, network) => {
    for (const pick of [0, 1] as const) {
      const fresh = pick === 0 ? ends : await network.connect();
      const [destroyed, other] = bothWays(fresh)[pick] ?? [];
      assert.ok(destroyed !== undefined && other !== undefined);
      destroyed.call(() => destroyed.transport.destroy());
      destroyed.transport.destroy();
      assert.equal(destroyed.send("too late"), false);
      await network.until(() => destroyed.closes.length + other.closes.length === 2, "both ends");
      assert.equal(destroyed.close.reason, closeReasons.connectionLost);
      assert.equal(other.close.reason, closeReasons.connectionLost);
    }
  });

  contract(
    "ends when destroyed while its peer does not read",
    async ({ client, server }, network) => {
      client.transport.pauseReading();
      while (server.send(new Uint8Array(65_536)));
      server.transport.destroy();
      await network.until(() => server.closes.length === 1, "the server's end");
      await network.until(() => client.closes.length === 1, "the client's end");
      assert.equal(server.transport.bufferedBytes, 0);
    },
  );

  contract(
    "is destroyed in the middle of an orderly close",
    async ({ client, server }, network) => {
      client.transport.pauseReading();
      while (server.send(new Uint8Array(65_536)));
      server.transport.close(closeReasons.draining);
      server.transport.destroy();
      await network.until(() => server.closes.length === 1, "the server's end");
      client.transport.destroy();
      await network.until(() => client.closes.length === 1, "the client's end");
    },
  );

  contract("takes a destroy from within onFrame", async ({ client, server }, network) => {
    server.whenFrame = () => server.transport.destroy();
    for (let count = 0; count < 5; count++) client.send("x");
    await network.until(() => client.closes.length + server.closes.length === 2, "both ends");
    assert.equal(server.frames.length, 1);
  });
}

function bothWays({ client, server }: ConnectedEnds): [RecordedEnd, RecordedEnd][] {
  return [
    [client, server],
    [server, client],
  ];
}
