/** Browsers have none; shared/clock.ts looks before it calls. */
declare const setImmediate: ((callback: () => void) => void) | undefined;
