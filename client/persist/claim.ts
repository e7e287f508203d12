/**
 * Claims a name for this page, among all pages of the browser. Resolves to what gives it back, which happens by itself when
 * the page goes; or to undefined, when another page has it. Never rejects.
 */
export type Claim = (name: string) => Promise<(() => void) | undefined>;

/** Where nobody else could have it. */
export const claimAnything: Claim = () => Promise.resolve(() => undefined);
