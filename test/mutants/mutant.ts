/** A promise broken on purpose, in one place. */
export interface Mutant {
  /** What is no longer so, in a sentence. */
  readonly name: string;
  readonly file: string;
  /** What stands there, exactly once. */
  readonly is: string;
  /** What is put in its place. */
  readonly becomes: string;
  /**
   * What has to notice: the simulation with rooms at home, across a link, at three nodes, or at home and moving all the time; or the tests
   * whose paths have one of these words in them.
   */
  readonly noticedBy: "home" | "linked" | "nodes" | "moved" | readonly string[];
}
