import { createHmac, timingSafeEqual } from "node:crypto";

/** Resume tokens that every node of a server can tell from others, by a secret they share (rule ND-5). */
export interface ResumeTokens {
  /** The `number`th token of this client; `nonce` is unlike any other. */
  issue(clientId: string, number: number, nonce: string): string;
  /** Which token of this client it is; undefined: none that this server has issued. */
  numberOf(clientId: string, token: string): number | undefined;
}

/** Creates {@link ResumeTokens}. `secret`: 16 bytes or more. */
export function createResumeTokens(secret: Uint8Array): ResumeTokens {
  const mac = (clientId: string, head: string): Buffer =>
    createHmac("sha256", secret).update(`${head}\n${clientId}`).digest().subarray(0, 16);
  return {
    issue(clientId, number, nonce) {
      const head = `${number.toString(36)}.${nonce}`;
      return `${head}.${mac(clientId, head).toString("base64url")}`;
    },
    numberOf(clientId, token) {
      const [, head = "", number = "", given = ""] =
        /^(([0-9a-z]{1,10})\.[\w-]+)\.([\w-]{22})$/.exec(token) ?? [];
      if (head === "") return undefined;
      const bytes = Buffer.from(given, "base64url");
      const own = mac(clientId, head);
      return bytes.length === own.length && timingSafeEqual(bytes, own)
        ? parseInt(number, 36)
        : undefined;
    },
  };
}
