import assert from "node:assert/strict";

/** What was said, by the number that the room has given it: one for all who have heard it, for ever. */
export function orderOf(
  talkers: readonly { readonly name: string; readonly heard: readonly string[] }[],
  seed: number,
): string[] {
  const order: string[] = [];
  for (const { name, heard } of talkers) {
    let last = 0;
    for (const line of heard) {
      const [text = "", number = ""] = line.split(" ");
      const at = Number(number);
      assert.ok(last === 0 || at === last + 1, `seed ${seed}: ${name} hears ${line} after ${last}`);
      last = at;
      assert.equal(order[at - 1] ?? text, text, `seed ${seed}: ${line}`);
      order[at - 1] = text;
    }
  }
  return order;
}
