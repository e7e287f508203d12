/** An element of this page's HTML. */
export function element<Kind extends Element>(selector: string, kind: new () => Kind): Kind {
  const found = document.querySelector(selector);
  if (found instanceof kind) return found;
  throw new Error(`The page has no ${selector}.`);
}

/** Writes a number into the elements that are marked `data-number="name"`. */
export function showNumber(name: string, text: string): void {
  for (const place of document.querySelectorAll(`[data-number="${name}"]`))
    if (place.textContent !== text) place.textContent = text;
}

/** Shows a state as a light and a word. */
export function showState(
  badge: HTMLElement,
  tone: "good" | "warn" | "bad" | "",
  word: string,
): void {
  const [light, text] = badge.children;
  if (light !== undefined) light.className = `dot ${tone}`;
  if (text !== undefined && text.textContent !== word) text.textContent = word;
}
