import { randomBytes } from "node:crypto";
import { SignJWT } from "jose";
import type { ServerOptions } from "roomline/server";

/** Whoever has it may be anybody. Set it, and tokens outlive the server; without, they end with it. */
export const secret = process.env["ROOMLINE_JWT_SECRET"] ?? randomBytes(32).toString("hex");
/** For whom the tokens are. */
export const audience = "players";

const lifetime = "10 minutes";

/**
 * POST /login with a name answers with a token for that name. This is where your users log in: check a password or a cookie,
 * or leave tokens to whoever does that for you, and give the server their keys.
 */
export const answer: NonNullable<ServerOptions["onRequest"]> = async (request, response) => {
  const end = (status: number, text: string): void => {
    response.writeHead(status, { "content-type": "text/plain" });
    response.end(text);
  };
  if (request.method !== "POST" || request.url !== "/login") {
    end(404, "There is no such page here.\n");
    return;
  }
  let name = "";
  for await (const chunk of request) {
    name += String(chunk);
    if (name.length > 64) break;
  }
  if (!/^[\p{L}\p{N} _-]{1,64}$/u.test(name)) {
    end(400, "A name is 1 to 64 letters, digits and spaces.\n");
    return;
  }
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(name)
    .setAudience(audience)
    .setExpirationTime(lifetime)
    .sign(new TextEncoder().encode(secret));
  end(200, token);
};
