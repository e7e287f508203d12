import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createAsk } from "./ask.ts";
import { startJwksServer } from "./jwks-server.ts";
import { createSigner, goodClaims, madeAt } from "./signer.ts";

describe("jwt: a server of keys", () => {
  it("is asked once for many tokens, and known keys serve on", async (t) => {
    const signer = await createSigner("ES256", "k1");
    const jwks = await startJwksServer(t, [signer.publicJwk]);
    const { verdict } = createAsk({ jwks: jwks.url });
    const token = await signer.sign();
    const verdicts = await Promise.all([1, 2, 3, 4].map(() => verdict(token)));
    assert.deepEqual(verdicts, ["ann", "ann", "ann", "ann"]);
    assert.equal(jwks.asked, 1);
    await jwks.stop();
    assert.equal(await verdict(token), "ann");
    await jwks.start();
  });

  for (const how of ["failure", "silence", "stall", "nonsense"] as const) {
    it(`that answers with ${how} refuses nobody, and later it knows them`, async (t) => {
      const signer = await createSigner("ES256", "k1");
      const jwks = await startJwksServer(t, [signer.publicJwk]);
      jwks.how = how;
      const { verdict, advance } = createAsk({ jwks: jwks.url, jwksTimeoutMs: 150 });
      const token = await signer.sign();
      assert.equal(await verdict(token), "unavailable");
      jwks.how = "keys";
      // It is not asked at each token.
      assert.equal(await verdict(token), "unavailable");
      assert.equal(jwks.asked, 1);
      advance(1_000);
      assert.equal(await verdict(token), "ann");
    });
  }

  it("that is away refuses nobody, and later it knows them", async (t) => {
    const signer = await createSigner("EdDSA", "k1");
    const jwks = await startJwksServer(t, [signer.publicJwk]);
    await jwks.stop();
    const { verdict, advance } = createAsk({ jwks: jwks.url });
    assert.equal(await verdict(await signer.sign()), "unavailable");
    await jwks.start();
    advance(1_000);
    assert.equal(await verdict(await signer.sign()), "ann");
  });

  it("that rotates its keys: a new one is known at once, an old one no more after the age", async (t) => {
    const [old, fresh] = [await createSigner("ES256", "k1"), await createSigner("ES256", "k2")];
    const jwks = await startJwksServer(t, [old.publicJwk]);
    const { verdict, advance } = createAsk({ jwks: jwks.url, jwksMaxAgeMs: 600_000 });
    assert.equal(await verdict(await old.sign()), "ann");
    jwks.keys = [fresh.publicJwk];
    // Too soon after the last look to look again: that is no refusal.
    assert.equal(await verdict(await fresh.sign()), "unavailable");
    advance(10_000);
    assert.equal(await verdict(await fresh.sign()), "ann");
    assert.equal(jwks.asked, 2);
    advance(10_000);
    assert.equal(await verdict(await old.sign()), "token-key");
  });

  it("that takes a key back: it is not known for longer than the age and a look", async (t) => {
    const [old, fresh] = [await createSigner("ES256", "k1"), await createSigner("ES256", "k2")];
    const jwks = await startJwksServer(t, [old.publicJwk]);
    const { verdict, advance } = createAsk({ jwks: jwks.url, jwksMaxAgeMs: 60_000 });
    const token = await old.sign();
    assert.equal(await verdict(token), "ann");
    jwks.keys = [fresh.publicJwk];
    advance(60_001);
    // This one begins the look, and is answered by what is there.
    assert.equal(await verdict(token), "ann");
    for (let tries = 0; jwks.asked < 2 || (await verdict(token)) === "ann"; tries++) {
      assert.ok(tries < 1_000, "the keys were not looked at");
      await new Promise((resolve) => setImmediate(resolve));
    }
    advance(10_001);
    assert.equal(await verdict(token), "token-key");
  });

  it("that is away for long: its keys serve on for a bounded time", async (t) => {
    const signer = await createSigner("ES256", "k1");
    const jwks = await startJwksServer(t, [signer.publicJwk]);
    const { verdict, advance } = createAsk({ jwks: jwks.url, jwksStaleMs: 3_600_000 });
    const token = await signer.sign({ ...goodClaims, exp: madeAt + 86_400 });
    assert.equal(await verdict(token), "ann");
    await jwks.stop();
    advance(3_600_000);
    assert.equal(await verdict(token), "ann");
    advance(1_001);
    assert.equal(await verdict(token), "unavailable");
    await jwks.start();
    advance(1_000);
    assert.equal(await verdict(token), "ann");
  });

  it("strangers' keys have it asked no oftener than the cooldown says", async (t) => {
    const [ours, theirs] = [await createSigner("ES256", "k1"), await createSigner("ES256", "k9")];
    const jwks = await startJwksServer(t, [ours.publicJwk]);
    const { verdict, advance } = createAsk({ jwks: jwks.url });
    const [token, foreign] = [await ours.sign(), await theirs.sign()];
    assert.equal(await verdict(foreign), "token-key");
    for (let round = 0; round < 50; round++) assert.equal(await verdict(foreign), "unavailable");
    assert.equal(await verdict(token), "ann");
    assert.equal(jwks.asked, 1);
    advance(10_000);
    assert.equal(await verdict(foreign), "token-key");
    assert.equal(jwks.asked, 2);
  });
});
