import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, it } from "node:test";
import { jwt, type JwtClaims, type JwtOptions } from "roomline/server/jwt";
import { runProgram } from "../../cli/program.ts";
import { textFile } from "../jwt/key-file.ts";

const secret = "0123456789abcdef0123456789abcdef";

/** Runs `roomline token` and returns what it printed, with the exit code. */
async function token(args: readonly string[], env: Record<string, string> = {}) {
  const printed = { out: "", err: "" };
  const code = await runProgram(["token", ...args], {
    env,
    version: "test",
    stdout: { write: (text) => (printed.out += text) },
    stderr: { write: (text) => (printed.err += text) },
    onSignal: () => () => undefined,
    onHangup: () => () => undefined,
    exit: () => undefined,
  });
  return { code, ...printed };
}

/** Whom a server takes a token for. */
async function known(options: JwtOptions, printed: string) {
  const peer = { protocol: "memory", address: "test", metadata: new Map() } as const;
  const { clientId, claims } = await jwt(options)({ token: printed.trim(), clientId: "", peer });
  return { clientId, claims: claims as JwtClaims };
}

describe("roomline token", () => {
  it("makes a token that a server with the secret knows, and prints nothing else", async () => {
    const { code, out, err } = await token(
      ["ann", "--issuer", "me", "--audience", "game", "--lifetime", "60"].concat([
        "--claim",
        "role=admin",
        "--claim",
        "level=7",
        "--claim",
        'rooms=["a"]',
      ]),
      { ROOMLINE_JWT_SECRET: secret },
    );
    assert.deepEqual([code, err], [0, ""]);
    assert.match(out, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const { clientId, claims } = await known({ secret, issuer: "me", audience: "game" }, out);
    assert.equal(clientId, "ann");
    const { role, level, rooms, iat, exp } = claims;
    assert.deepEqual([role, level, rooms], ["admin", 7, ["a"]]);
    assert.equal(Number(exp) - Number(iat), 60);
  });

  it("signs with a private key, in the way that fits it, and names the client where asked", async (t) => {
    for (const pair of [
      generateKeyPairSync("rsa", { modulusLength: 2048 }),
      generateKeyPairSync("ec", { namedCurve: "P-256" }),
      generateKeyPairSync("ed25519"),
    ]) {
      const key = await textFile(
        t,
        String(pair.privateKey.export({ type: "pkcs8", format: "pem" })),
      );
      const keys = await textFile(
        t,
        String(pair.publicKey.export({ type: "spki", format: "pem" })),
      );
      const { code, out, err } = await token([
        "bob",
        "--jwt-key",
        key,
        "--client-id-claim",
        "player",
      ]);
      assert.deepEqual([code, err], [0, ""]);
      assert.equal((await known({ keys, clientIdClaim: "player" }, out)).clientId, "bob");
    }
  });

  for (const [what, args, env, line] of [
    ["nothing to sign with", [], {}, /set ROOMLINE_JWT_SECRET to the secret of the server/],
    ["a short secret", ["--jwt-secret", "hunter2"], {}, /--jwt-secret has 7 bytes; .* 32 or more/],
    ["two keys", ["--jwt-key", "k"], { ROOMLINE_JWT_SECRET: secret }, /both given; one of them/],
    ["no file", ["--jwt-key", "/nowhere"], {}, /Cannot read the private key of --jwt-key: ENOENT/],
    ["half a claim", ["--claim", "role"], { ROOMLINE_JWT_SECRET: secret }, /"role"; .* NAME=VALUE/],
    ["no time", ["--lifetime", "0"], { ROOMLINE_JWT_SECRET: secret }, /--lifetime is "0"/],
  ] as const) {
    it(`${what} is a line that says what to do, and exit code 2`, async () => {
      const { code, out, err } = await token(["ann", ...args], env);
      assert.deepEqual([code, out], [2, ""]);
      assert.match(err, line);
      assert.ok(!err.includes("hunter2"), "the secret is printed");
    });
  }
});
