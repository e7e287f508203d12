/**
 * What the servers without a framework speak: as compact as it is simple, a byte for the kind, a byte for the seat (the
 * client's own number of the room), then little-endian fields.
 */
export const kind = { join: 0, steer: 1, say: 2 } as const;

/** Kind, seat. */
export const headBytes = 2;
/** Id, x, y, hp, score, seq. */
export const rowBytes = 18;

/** Where the fields of a row are. */
export const rowField = { id: 0, x: 2, y: 6, hp: 10, score: 12, seq: 14 } as const;
