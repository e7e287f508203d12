import Table from "cli-table3";

const noLines = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: " ",
};

/** A table without lines. */
export function plainTable(head: readonly string[] = []): Table.Table {
  return new Table({
    head: [...head],
    chars: noLines,
    style: { head: [], border: [], "padding-left": 0 },
  });
}
