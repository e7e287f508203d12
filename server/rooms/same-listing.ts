import type { RoomListing } from "../feed/catalogue.ts";

/** Whether two listings of one room say the same; undefined: it is not listed. */
export function sameListing(a: RoomListing | undefined, b: RoomListing | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.players === b.players &&
    a.playersMax === b.playersMax &&
    a.reserved === b.reserved &&
    a.locked === b.locked &&
    a.asleep === b.asleep &&
    a.metadataJson === b.metadataJson
  );
}
