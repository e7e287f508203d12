/** What a peer lets us send over one HTTP/2 stream (RFC 9113, section 5.2): what is more waits. */
export class SendWindow {
  readonly #write: (bytes: Buffer) => void;
  readonly #waiting: { readonly bytes: Buffer; readonly flowBytes: number }[] = [];
  #streamBytes = 65_535;
  #connectionBytes = 65_535;
  #initialBytes = 65_535;

  constructor(write: (bytes: Buffer) => void) {
    this.#write = write;
  }

  /** Sends a DATA frame whose payload has so many bytes, now or later. */
  send(bytes: Buffer, flowBytes: number): void {
    if (this.#waiting.length === 0 && this.#takes(flowBytes)) this.#write(bytes);
    else this.#waiting.push({ bytes, flowBytes });
  }

  /** The peer's SETTINGS_INITIAL_WINDOW_SIZE. */
  setInitial(bytes: number): void {
    this.#streamBytes += bytes - this.#initialBytes;
    this.#initialBytes = bytes;
    this.#flush();
  }

  /** A WINDOW_UPDATE: stream 0 is the connection. */
  grow(stream: number, bytes: number): void {
    if (stream === 0) this.#connectionBytes += bytes;
    else this.#streamBytes += bytes;
    this.#flush();
  }

  #takes(flowBytes: number): boolean {
    if (flowBytes > this.#streamBytes || flowBytes > this.#connectionBytes) return false;
    this.#streamBytes -= flowBytes;
    this.#connectionBytes -= flowBytes;
    return true;
  }

  #flush(): void {
    while (this.#waiting[0] !== undefined && this.#takes(this.#waiting[0].flowBytes)) {
      this.#write(this.#waiting[0].bytes);
      this.#waiting.shift();
    }
  }
}
