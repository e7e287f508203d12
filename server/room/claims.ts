import { checkBySchema } from "../../shared/contract/schema-check.ts";
import { RoomlineError } from "../../shared/errors.ts";
import type { AnyDefinition } from "./define-room.ts";

/**
 * What the rooms of a type make of the claims of somebody who wants in: what their schema gives, if they have one.
 * @throws RoomlineError `refusal` when the claims do not fit it
 */
export function readClaims(
  { claims: schema }: Pick<AnyDefinition, "claims">,
  claims: unknown,
  refusal: "join-refused" | "watch-refused",
): unknown {
  if (schema === undefined) return claims;
  const checked = checkBySchema("claims", schema, claims);
  if (checked.fits) return checked.value;
  const none = claims === undefined ? " You have no claims: authenticate gave none." : "";
  const text = `Your claims are not those that are needed here: ${checked.fault}.${none}`;
  throw new RoomlineError(refusal, text);
}
