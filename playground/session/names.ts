/** What players are called who have not said. */
const names = ["ada", "ben", "cleo", "dan", "eve", "finn", "gus", "hal"];

/** The first of the usual names that is free. */
export function freeName(taken: readonly string[]): string {
  const free = names.find((name) => !taken.includes(name));
  return free ?? `player ${taken.length + 1}`;
}
