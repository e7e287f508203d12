import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createAsk } from "./ask.ts";
import { keyFile } from "./key-file.ts";
import { createSigner, goodClaims, madeAt, signWith, unsigned } from "./signer.ts";

const secret = "0123456789abcdef0123456789abcdef";
const bound = { secret, issuer: "https://id.example", audience: "game" };

describe("jwt: whom it knows", () => {
  it("HS-3: the client id is that of the token, whatever the client calls itself", async () => {
    const { who } = createAsk(bound);
    const identity = await who(await signWith(secret, { ...goodClaims, role: "admin" }));
    assert.deepEqual(identity, {
      clientId: "ann",
      claims: { ...goodClaims, role: "admin" },
      issuedAtMs: madeAt * 1_000,
      expiresAtMs: (madeAt + 3_600) * 1_000 + 5_000,
    });
  });

  for (const alg of ["RS256", "ES256", "EdDSA"]) {
    it(`${alg}, by a file of keys: a set of them, or PEM`, async (t) => {
      const signer = await createSigner(alg, "k1");
      for (const form of ["jwks", "pem"] as const) {
        const { verdict } = createAsk({ keys: await keyFile(t, [signer], form) });
        assert.equal(await verdict(await signer.sign()), "ann", form);
      }
    });
  }

  it("a token that does not say which of several keys it means", async (t) => {
    const [first, second] = [await createSigner("ES256"), await createSigner("ES256")];
    const foreign = await createSigner("ES256");
    for (const form of ["jwks", "pem"] as const) {
      const { verdict } = createAsk({ keys: await keyFile(t, [first, second], form) });
      assert.equal(await verdict(await first.sign()), "ann", form);
      assert.equal(await verdict(await second.sign()), "ann", form);
      assert.equal(await verdict(await foreign.sign()), "token-signature", form);
      assert.equal(
        await verdict(await second.sign({ ...goodClaims, exp: madeAt - 60 })),
        "token-expired",
        form,
      );
    }
  });

  it("one of several issuers and audiences, and a client id in a claim of another name", async () => {
    const { verdict } = createAsk({
      secret,
      issuer: ["a", "b"],
      audience: ["c", "d"],
      clientIdClaim: "player",
    });
    const claims = { ...goodClaims, iss: "b", aud: ["x", "d"], player: "bob" };
    assert.equal(await verdict(await signWith(secret, claims)), "bob");
  });
});

describe("jwt: whom it refuses", () => {
  const { exp: _, ...endless } = goodClaims;
  const { iss: _i, ...ofNobody } = goodClaims;
  const { aud: _a, ...forNobody } = goodClaims;
  for (const [what, token, name] of [
    ["no token", () => "", "token-missing"],
    ["what is no token", () => "swordfish", "token-malformed"],
    ["what only looks like one", () => "a.b.c", "token-malformed"],
    ["none", () => unsigned({ alg: "none" }), "token-algorithm"],
    [
      "none with a signature",
      () => unsigned({ alg: "none" }, goodClaims, "c2ln"),
      "token-algorithm",
    ],
    ["None in capitals", () => unsigned({ alg: "NONE" }), "token-algorithm"],
    ["no algorithm at all", () => unsigned({}), "token-malformed"],
    ["a secret of another", () => signWith(`${secret}!`), "token-signature"],
    [
      "an end that is over",
      () => signWith(secret, { ...goodClaims, exp: madeAt - 6 }),
      "token-expired",
    ],
    [
      "a beginning to come",
      () => signWith(secret, { ...goodClaims, nbf: madeAt + 6 }),
      "token-early",
    ],
    ["no end", () => signWith(secret, endless), "token-claims"],
    [
      "an end that is no number",
      () => signWith(secret, { ...goodClaims, exp: "x" as never }),
      "token-claims",
    ],
    ["another issuer", () => signWith(secret, { ...goodClaims, iss: "evil" }), "token-issuer"],
    ["no issuer", () => signWith(secret, ofNobody), "token-issuer"],
    ["another audience", () => signWith(secret, { ...goodClaims, aud: "shop" }), "token-audience"],
    [
      "other audiences",
      () => signWith(secret, { ...goodClaims, aud: ["x", "y"] }),
      "token-audience",
    ],
    ["no audience", () => signWith(secret, forNobody), "token-audience"],
    ["no name", () => signWith(secret, { ...goodClaims, sub: "" }), "token-claims"],
    [
      "a name of 129 letters",
      () => signWith(secret, { ...goodClaims, sub: "a".repeat(129) }),
      "token-claims",
    ],
    [
      "a number for a name",
      () => signWith(secret, { ...goodClaims, sub: 7 as never }),
      "token-claims",
    ],
  ] as const) {
    it(`HS-3: ${what}: ${name}`, async () => {
      assert.equal(await createAsk(bound).verdict(await token()), name);
    });
  }

  it("HS-3: a token that was tampered with, in each of its parts", async () => {
    const { verdict } = createAsk(bound);
    const [header = "", claims = "", signature = ""] = (await signWith(secret)).split(".");
    const other = unsigned({ alg: "HS256" }, { ...goodClaims, sub: "bob" }).split(".")[1] ?? "";
    assert.equal(await verdict(`${header}.${other}.${signature}`), "token-signature");
    assert.equal(await verdict(`${header}.${claims}.`), "token-signature");
    const flipped = `${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;
    assert.equal(await verdict(`${header}.${claims}.${flipped}`), "token-signature");
    const renamed = unsigned({ alg: "HS256", kid: "x" }).split(".")[0] ?? "";
    assert.equal(await verdict(`${renamed}.${claims}.${signature}`), "token-signature");
  });

  it("HS-3: a public key used as a secret is not one", async (t) => {
    const signer = await createSigner("RS256");
    const { verdict } = createAsk({ keys: await keyFile(t, [signer], "pem") });
    const forged = await signWith(JSON.stringify(signer.publicJwk));
    assert.equal(await verdict(forged), "token-algorithm");
  });

  it("HS-3: an algorithm that was not asked for, though its key is there", async (t) => {
    const [rsa, ec] = [await createSigner("RS256"), await createSigner("ES256")];
    const keys = await keyFile(t, [rsa, ec], "jwks");
    const { verdict } = createAsk({ keys, algorithms: ["ES256"] });
    assert.equal(await verdict(await ec.sign()), "ann");
    assert.equal(await verdict(await rsa.sign()), "token-algorithm");
  });

  it("HS-3: a key of a stranger, and one that a token brings along", async (t) => {
    const [ours, theirs] = [await createSigner("ES256", "k1"), await createSigner("ES256", "k1")];
    const { verdict } = createAsk({ keys: await keyFile(t, [ours], "jwks") });
    assert.equal(await verdict(await theirs.sign()), "token-signature");
    const brought = await theirs.sign(goodClaims, { jwk: theirs.publicJwk });
    assert.equal(await verdict(brought), "token-signature");
    assert.equal(await verdict(await theirs.sign(goodClaims, { kid: "k2" })), "token-key");
  });

  it("clocks may be apart as far as clockToleranceMs says, in both directions", async () => {
    const { verdict, advance } = createAsk({ secret, clockToleranceMs: 10_000 });
    const token = await signWith(secret, { ...goodClaims, nbf: madeAt });
    advance(-11_000);
    assert.equal(await verdict(token), "token-early");
    advance(1_000);
    assert.equal(await verdict(token), "ann");
    advance(10_000 + 3_609_000);
    assert.equal(await verdict(token), "ann");
    advance(1_000);
    assert.equal(await verdict(token), "token-expired");
  });

  it("a token that was taken back; whoever cannot tell refuses nobody", async () => {
    const token = await signWith(secret, { ...goodClaims, jti: "t1" });
    const revoked = new Set<unknown>(["t1"]);
    const taken = createAsk({ secret, isRevoked: ({ jti }) => revoked.has(jti) });
    assert.equal(await taken.verdict(token), "token-revoked");
    revoked.clear();
    assert.equal(await taken.verdict(token), "ann");
    const broken = createAsk({ secret, isRevoked: () => Promise.reject(new Error("no database")) });
    assert.equal(await broken.verdict(token), "unavailable");
  });
});
