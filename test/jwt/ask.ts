import { createJwt } from "../../server/jwt/jwt.ts";
import type { JwtOptions } from "../../server/jwt/options.ts";
import type { Identity } from "../../server/connection/authenticate.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { madeAt } from "./signer.ts";

/** An `authenticate` at a time of day that a test sets, and what it says to a token. */
export function createAsk(options: JwtOptions) {
  let nowMs = madeAt * 1_000;
  const authenticate = createJwt(options, () => nowMs);
  const who = (token: string): Promise<Identity> =>
    Promise.resolve(
      authenticate({
        token,
        clientId: "mallory",
        peer: { protocol: "memory", address: "test", metadata: new Map() },
      }),
    );
  return {
    who,
    /** The client id, or the name of the refusal, of which the message begins with the name. */
    verdict: async (token: string): Promise<string> => {
      try {
        return (await who(token)).clientId;
      } catch (error) {
        if (!(error instanceof RoomlineError)) return `threw ${String(error)}`;
        const isNamed = error.code === "unavailable" || error.message.startsWith(`${error.code}: `);
        return isNamed ? error.code : `unnamed: ${error.message}`;
      }
    },
    /** Time goes on, or back. */
    advance: (ms: number): void => {
      nowMs += ms;
    },
  };
}
