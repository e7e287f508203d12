import { hueOf, ownColor, shipColor } from "./colors.ts";
import type { Standing } from "./standings.ts";

/** Shows who leads. */
export function showStandings(list: HTMLElement, shown: readonly Standing[], ownId: string): void {
  const rows = shown.map(({ id, name, score, place }) => {
    const row = document.createElement("li");
    const isOwn = id === ownId;
    if (isOwn) row.className = "own";
    const cell = (className: string, text: string): void => {
      const span = document.createElement("span");
      span.className = className;
      span.textContent = text;
      if (className === "ship") span.style.background = isOwn ? ownColor : shipColor(hueOf(name));
      row.append(span);
    };
    cell("place", `${place}`);
    cell("ship", "");
    cell("name", name);
    cell("score", `${score}`);
    return row;
  });
  list.replaceChildren(...rows);
}
