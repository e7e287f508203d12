const manners = ["quiet", "swift", "sunny", "brave", "clever", "gentle", "merry", "wise"];
const animals = ["otter", "heron", "lynx", "robin", "badger", "hare", "finch", "fox"];

/** A name for somebody who has none yet. `random` gives numbers from 0 to 1. */
export function suggestName(random: () => number): string {
  const pick = (words: readonly string[]) => words[Math.floor(random() * words.length)] ?? "";
  return `${pick(manners)} ${pick(animals)}`;
}

/** The letters that stand for a name where there is little room. */
export function initials(name: string): string {
  const words = name.trim().split(/[\s_-]+/u);
  const [first = "", last = ""] = [words[0], words.length > 1 ? words.at(-1) : ""];
  return `${firstLetter(first)}${firstLetter(last)}`.toUpperCase();
}

function firstLetter(word: string): string {
  const codePoint = word.codePointAt(0);
  return codePoint === undefined ? "" : String.fromCodePoint(codePoint);
}

/** The colour of a name as a hue, 0 to 359: the same name has the same colour everywhere. */
export function hueOf(name: string): number {
  let hash = 2_166_136_261;
  for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 1_313);
  // Short names differ in their last letters: this spreads the difference over all bits.
  hash = Math.imul(hash ^ (hash >>> 16), 2_246_822_507);
  return ((hash ^ (hash >>> 13)) >>> 0) % 360;
}
