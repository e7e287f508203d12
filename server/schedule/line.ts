/** Something that can stand in a {@link Line}, in one at a time. Both fields are the line's own. */
export interface InLine<T> {
  nextInLine: T | undefined;
  isInLine: boolean;
}

/**
 * First come, first served, and nobody stands in it twice. The line goes through its members, so it takes no memory of
 * its own: a set that is filled and emptied for each player twenty times a second is what garbage collectors live on.
 */
export class Line<T extends InLine<T>> {
  #first: T | undefined;
  #last: T | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Takes a place at the end, unless `member` has one. */
  join(member: T): void {
    if (member.isInLine) return;
    member.isInLine = true;
    if (this.#last === undefined) this.#first = member;
    else this.#last.nextInLine = member;
    this.#last = member;
    this.#length++;
  }

  /** Takes the first out. */
  shift(): T | undefined {
    const member = this.#first;
    if (member === undefined) return undefined;
    this.#first = member.nextInLine;
    if (this.#first === undefined) this.#last = undefined;
    member.nextInLine = undefined;
    member.isInLine = false;
    this.#length--;
    return member;
  }

  /** Sends everybody away. */
  clear(): void {
    while (this.shift() !== undefined);
  }
}
