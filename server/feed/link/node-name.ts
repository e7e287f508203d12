/** The protocol of links this code speaks. */
export const linkVersion = 1;

/** A node, and which start of it. */
export interface NodeName {
  readonly node: string;
  readonly life: string;
}
