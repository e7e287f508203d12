import { RoomlineError } from "../../shared/errors.ts";

/** The page; a worker has one, too, and what is neither has none. */
declare const location: { readonly origin: string; readonly protocol: string } | undefined;

/** Where this page comes from. @throws RoomlineError `invalid-config`: from no server */
export function pageOrigin(): string {
  if (typeof location !== "undefined" && /^https?:/.test(location.origin)) return location.origin;
  const message = "This needs a target: this page does not come from a server.";
  throw new RoomlineError("invalid-config", message);
}

/** Whether this page came over TLS. */
export function isSecurePage(): boolean {
  return typeof location !== "undefined" && location.protocol === "https:";
}
