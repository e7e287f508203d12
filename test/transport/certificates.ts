import { generate } from "selfsigned";

/** A certificate and its key, in PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** An authority, and what it signed. */
export interface TestCertificates {
  readonly authority: Certificate;
  /** For localhost and 127.0.0.1. */
  readonly server: Certificate;
  /** Of the client ann. */
  readonly client: Certificate;
}

/** Makes an authority and certificates that it signed, fresh for each call. */
export async function makeCertificates(): Promise<TestCertificates> {
  const authority = await certificate("Test Authority", {
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, critical: true },
    ],
  });
  const server = await certificate("localhost", {
    ca: authority,
    extensions: [
      { name: "basicConstraints", cA: false },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
        ],
      },
    ],
  });
  const client = await certificate("ann", {
    ca: authority,
    extensions: [{ name: "basicConstraints", cA: false }],
  });
  return { authority, server, client };
}

async function certificate(
  commonName: string,
  options: Parameters<typeof generate>[1],
): Promise<Certificate> {
  const attributes = [
    { name: "commonName", value: commonName },
    { name: "organizationName", value: "Roomline Tests" },
  ];
  const made = await generate(attributes, { keyType: "ec", algorithm: "sha256", ...options });
  return { cert: made.cert, key: made.private };
}
