import assert from "node:assert/strict";
import { closeReasons } from "../../shared/close-reason.ts";
import { bothWays, type Contract, type TransportKind } from "./contract-network.ts";

/** How streams end in good order. */
export function closing(contract: Contract, kind: TransportKind): void {
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

  contract("takes no frames after its own close", async ({ client, server }, network) => {
    client.whenFrame = () => client.transport.close(closeReasons.clientClosed);
    server.transport.pauseReading();
    client.send("unread");
    for (let count = 0; count < 20; count++) server.send("x".repeat(5_000));
    await network.until(() => client.frames.length === 1, "a frame");
    server.transport.resumeReading();
    await network.until(() => client.closes.length + server.closes.length === 2, "both ends");
    assert.equal(client.frames.length, 1);
  });

  contract("keeps the close back while frames wait for a paused reader", async (ends, network) => {
    const { client, server } = ends;
    client.whenFrame = () => client.transport.pauseReading();
    for (let count = 0; count < 30; count++) server.send(`${count}`);
    server.transport.close(closeReasons.draining);
    await network.settle();
    assert.equal(client.closes.length, 0);
    client.whenFrame = undefined;
    client.transport.resumeReading();
    await network.until(() => client.closes.length === 1, "the end");
    assert.equal(client.frames.length, 30);
  });

  contract("closes though it had stopped reading", async ({ client, server }, network) => {
    server.transport.pauseReading();
    while (client.send(new Uint8Array(65_536)));
    server.transport.close(closeReasons.flood);
    await network.until(() => client.closes.length + server.closes.length === 2, "both ends");
    assert.equal(client.close.reason, closeReasons.flood);
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

/** How streams break. */
export function breaking(contract: Contract, kind: TransportKind): void {
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
      if (!kind.breaksReachPausedClients) client.transport.resumeReading();
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
