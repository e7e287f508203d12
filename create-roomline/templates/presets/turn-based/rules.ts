/** The rules of four in a row: plain functions that know nothing of rooms. */
export const columns = 7;
export const rows = 6;
export const emptyBoard = ".".repeat(columns * rows);

export type Color = "red" | "blue";

/** What stands in the cells of a color. */
const discs = { red: "r", blue: "b" } as const;

/** The other one. */
export const otherOf = (color: Color): Color => (color === "red" ? "blue" : "red");

/** The board with one disc more; undefined when the column is full or is none. */
export function dropped(cells: string, column: number, color: Color): string | undefined {
  if (!Number.isInteger(column) || column < 0 || column >= columns) return undefined;
  for (let row = rows - 1; row >= 0; row--) {
    const at = row * columns + column;
    if (cells[at] === ".") return cells.slice(0, at) + discs[color] + cells.slice(at + 1);
  }
  return undefined;
}

/** The four cells in a row of a color; undefined when it has none. */
export function lineOf(cells: string, color: Color): readonly number[] | undefined {
  for (let at = 0; at < cells.length; at++) {
    for (const [dx, dy] of [
      [1, 0],
      [0, 1],
      [1, 1],
      [-1, 1],
    ] as const) {
      const line = [0, 1, 2, 3].map((step) => cellAt(at, step * dx, step * dy));
      if (line.every((cell) => cells[cell] === discs[color])) return line;
    }
  }
  return undefined;
}

/** Whether no disc can be dropped any more. */
export const isFull = (cells: string): boolean => !cells.includes(".");

/** The cell some columns and rows away; -1 when that is off the board. */
function cellAt(from: number, dx: number, dy: number): number {
  const [x, y] = [(from % columns) + dx, Math.floor(from / columns) + dy];
  return x >= 0 && x < columns && y >= 0 && y < rows ? y * columns + x : -1;
}
