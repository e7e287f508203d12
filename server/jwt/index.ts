/** `roomline/server/jwt`: `authenticate` by JSON Web Tokens. */
export { jwt } from "./jwt.ts";
export type { JwtAlgorithm, JwtClaims, JwtOptions } from "./options.ts";
