/**
 * What a person has entered into a field, as plain data. Which kind belongs to which field:
 * `text` to text, number, big, bytes and json; `group` to group and tuple; each other to the field of its name.
 */
export type Entry =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "boolean"; readonly on: boolean }
  /** The place of what is chosen among the options. */
  | { readonly kind: "choice"; readonly index: number }
  /** Undefined: left out. */
  | { readonly kind: "optional"; readonly entry: Entry | undefined }
  /** In the order of the members, or of the items of a tuple. */
  | { readonly kind: "group"; readonly members: readonly Entry[] }
  | { readonly kind: "list"; readonly items: readonly Entry[] }
  | { readonly kind: "map"; readonly items: readonly MapItem[] }
  /** The place of the branch, and what is entered into its field. */
  | { readonly kind: "union"; readonly index: number; readonly entry: Entry };

/** A key and its value, as entered. */
export interface MapItem {
  readonly key: Entry;
  readonly value: Entry;
}
