/** Bytes of one update to a player, as a room of twenty moving players makes it. */
export const updateBytes = 340;

/** Updates to each player, and inputs from each, in a second. */
export const updatesPerSecond = 20;

/** What a server under test does with a connected player. */
export interface WorldPlayer {
  /** Counts an input. */
  readonly input: (frame: Uint8Array) => void;
  readonly leave: () => void;
}

/** Sends one frame to a player; the buffer has the headroom free that the player was added with. */
export type SendUpdate = (buffer: Uint8Array) => void;

/** The same work behind every transport: every 50 ms one frame to every player. */
export class PlayerWorld {
  updates = 0;
  inputs = 0;
  inputBytes = 0;
  readonly #players = new Map<object, { send: SendUpdate; headroomBytes: number }>();
  readonly #update = new Uint8Array(updateBytes).fill(7);
  #ticks = 0;
  readonly #startMs = performance.now();

  get players(): number {
    return this.#players.size;
  }

  add(send: SendUpdate, headroomBytes: number): WorldPlayer {
    const key = {};
    this.#players.set(key, { send, headroomBytes });
    return {
      input: (frame) => {
        this.inputs++;
        this.inputBytes += frame.length;
      },
      leave: () => void this.#players.delete(key),
    };
  }

  /** Ticks for ever, at a fixed rate. */
  run(): void {
    this.#ticks++;
    for (const { send, headroomBytes } of this.#players.values()) {
      const buffer = Buffer.allocUnsafe(headroomBytes + updateBytes);
      buffer.set(this.#update, headroomBytes);
      send(buffer);
      this.updates++;
    }
    const nextMs = this.#startMs + (this.#ticks * 1_000) / updatesPerSecond;
    setTimeout(() => this.run(), Math.max(0, nextMs - performance.now()));
  }
}
