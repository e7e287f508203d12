/** Remembers how far a room had come when its readers were last told. */
export class Advance {
  #head = 0;
  #ephemeral = 0;
  #stateTick = 0;

  /** Whether there is something to read, in the log, among the ephemerals or in the state, that was not there before. */
  moved(head: number, ephemeral: number, stateTick: number): boolean {
    const moved =
      head !== this.#head || ephemeral !== this.#ephemeral || stateTick !== this.#stateTick;
    this.#head = head;
    this.#ephemeral = ephemeral;
    this.#stateTick = stateTick;
    return moved;
  }
}
