import Table from "cli-table3";

/** Shows rows of cells, the first of which is the head, on a terminal or as a table of a Markdown page. */
export function showCells(cells: readonly string[][], format: "table" | "markdown"): string {
  const [head = [], ...lines] = cells;
  if (format === "markdown") {
    const rule = head.map((_, index) => (index === 0 ? "---" : "---:"));
    return [head, rule, ...lines].map((line) => `| ${line.join(" | ")} |`).join("\n");
  }
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const line of lines) table.push(line);
  return table.toString();
}
