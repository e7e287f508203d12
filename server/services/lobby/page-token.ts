import { RoomlineError } from "../../../shared/errors.ts";

/** Turns the place where a list goes on into a token that only this server understands, and back. */
export interface PageTokens {
  encode(after: number): string;
  /** 0 for an empty token: from the start. @throws RoomlineError `invalid-argument` */
  decode(token: string): number;
}

/** Creates {@link PageTokens}. `life` tells this run of the server from others, whose places mean nothing here. */
export function createPageTokens(life: string): PageTokens {
  return {
    encode: (after) => Buffer.from(`${life} ${after}`).toString("base64url"),
    decode(token) {
      if (token === "") return 0;
      const [of, after = ""] = Buffer.from(token, "base64url").toString("utf8").split(" ");
      if (of === life && /^[1-9]\d{0,14}$/.test(after)) return Number(after);
      throw new RoomlineError(
        "invalid-argument",
        "page_token is not one this server has given; begin again without one.",
      );
    },
  };
}
