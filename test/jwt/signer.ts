import {
  exportJWK,
  generateKeyPair,
  SignJWT,
  type CryptoKey,
  type JWK,
  type JWTPayload,
} from "jose";

/** A key that signs. */
export interface Signer {
  readonly publicJwk: JWK;
  readonly publicKey: CryptoKey;
  sign(claims?: JWTPayload, header?: object): Promise<string>;
}

/** When tokens of tests are made, in seconds since the Unix epoch. */
export const madeAt = 1_800_000_000;

/** Good for an hour from {@link madeAt}. */
export const goodClaims: JWTPayload = {
  sub: "ann",
  iss: "https://id.example",
  aud: "game",
  iat: madeAt,
  exp: madeAt + 3_600,
};

/** Creates a key pair that signs with this algorithm; `kid` names it. */
export async function createSigner(alg: string, kid?: string): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const name = kid === undefined ? {} : { kid };
  return {
    publicKey,
    publicJwk: { ...(await exportJWK(publicKey)), ...name },
    sign: (claims = goodClaims, header = {}) =>
      new SignJWT(claims).setProtectedHeader({ alg, ...name, ...header }).sign(privateKey),
  };
}

/** Signs with a secret. */
export function signWith(secret: string, claims: JWTPayload = goodClaims): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "HS256" })
    .sign(new TextEncoder().encode(secret));
}

/** Puts a token together that nobody has signed. */
export function unsigned(header: object, claims: object = goodClaims, signature = ""): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part(header)}.${part(claims)}.${signature}`;
}
