/** Something measured by itself. */
export interface MicroCase {
  readonly name: string;
  /** What one operation is. */
  readonly what: string;
  /** Makes what it needs; what it returns does one operation. */
  prepare(): () => void;
}
