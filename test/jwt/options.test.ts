import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { jwt, type JwtOptions } from "roomline/server/jwt";
import { textFile } from "./key-file.ts";

const secret = "0123456789abcdef0123456789abcdef";
const jwks = "https://id.example/keys";

describe("jwt: options are checked at the start, by name", () => {
  for (const [options, message] of [
    [{}, /^jwt: 0 of secret, jwks and keys are given; it has to be exactly one/],
    [{ secret, jwks }, /^jwt: 2 of secret, jwks and keys/],
    [{ secret: "short" }, /^jwt: secret has 5 bytes; it has to be 32 or more random bytes\.$/],
    [{ secret: 7 }, /^jwt: secret is no text/],
    [{ jwks: "id.example" }, /^jwt: jwks is no URL/],
    [{ jwks: "http://id.example/keys" }, /^jwt: jwks begins with http:\/\/id\.example; .* https:/],
    [{ secret, algorithms: ["none"] }, /^jwt: algorithms has "none"/],
    [{ secret, algorithms: ["RS256"] }, /^jwt: algorithms has "RS256"; it has to be with a secret/],
    [{ jwks, algorithms: ["HS256"] }, /^jwt: algorithms has "HS256"; .* with public keys/],
    [{ secret, algorithms: [] }, /^jwt: algorithms is empty/],
    [{ secret, issuer: "" }, /^jwt: issuer is empty/],
    [{ secret, audience: [] }, /^jwt: audience is empty/],
    [{ secret, clientIdClaim: "" }, /^jwt: clientIdClaim is empty/],
    [{ secret, clockToleranceMs: -1 }, /^jwt: clockToleranceMs is -1; .* from 0 to 300000/],
    [{ secret, clockToleranceMs: NaN }, /^jwt: clockToleranceMs is NaN/],
    [{ jwks, jwksTimeoutMs: 0 }, /^jwt: jwksTimeoutMs is 0/],
    [{ jwks, jwksStaleMs: 1_000 }, /^jwt: jwksStaleMs is 1000; .* 600000 or more/],
    [{ secret, isRevoked: true }, /^jwt: isRevoked is no function/],
    [{ secret, requireExpiry: "no" }, /^jwt: requireExpiry is no boolean/],
    [{ secret, isuer: "x" }, /^jwt: isuer is not an option; it has to be one of secret/],
    [
      { keys: "/nowhere/keys.pem" },
      /^jwt: the file of keys "\/nowhere\/keys\.pem" is of no use: it cannot be read/,
    ],
  ] as const) {
    it(JSON.stringify(options), () => {
      assert.throws(() => jwt(options as unknown as JwtOptions), {
        code: "invalid-config",
        message,
      });
    });
  }

  it("says no secret in what it says", () => {
    const wrong = { secret: "hunter2" };
    assert.throws(
      () => jwt(wrong),
      (error: Error) => !error.message.includes("hunter2"),
    );
  });

  for (const [what, text, why] of [
    ["text", "swordfish", /neither PEM nor a JSON Web Key Set/],
    ["a set without keys", '{"keys":[]}', /it has no keys/],
    ["null", "null", /it has no keys/],
    [
      "a private key in a set",
      '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"a","d":"b"}]}',
      /private key/,
    ],
    ["a secret in a set", '{"keys":[{"kty":"oct","k":"AAAA"}]}', /a secret; give public keys/],
    [
      "a private key",
      "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
      /private key/,
    ],
    [
      "a broken key",
      "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
      /cannot be read/,
    ],
  ] as const) {
    it(`a file of keys that holds ${what}`, async (t) => {
      const keys = await textFile(t, text);
      assert.throws(() => jwt({ keys }), { code: "invalid-config", message: why });
    });
  }
});
