/** One second of the line to the server: its round trip, or that there was none. */
type Sample = number | undefined;

const samplesMax = 60;
/** The smallest scale of the graph, so that a quick network is a flat line and not a mountain range. */
const topMsMin = 50;

/** Round trips of the last minute, as bars. */
export class PingGraph {
  readonly #canvas: HTMLCanvasElement;
  readonly #samples: Sample[] = [];

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  /** Undefined while there is no connection. */
  add(rttMs: Sample): void {
    this.#samples.push(rttMs);
    if (this.#samples.length > samplesMax) this.#samples.shift();
    this.#paint();
  }

  #paint(): void {
    const canvas = this.#canvas;
    const context = canvas.getContext("2d");
    const { clientWidth: width, clientHeight: height } = canvas;
    if (context === null || width === 0) return;
    const ratio = Math.min(2, devicePixelRatio);
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    context.scale(ratio, ratio);
    const topMs = Math.max(topMsMin, ...this.#samples.map((sample) => sample ?? 0)) * 1.15;
    const step = width / samplesMax;
    for (const [index, sample] of this.#samples.entries()) {
      const x = width - (this.#samples.length - index) * step;
      const share = sample === undefined ? 1 : Math.max(0.03, sample / topMs);
      context.fillStyle = sample === undefined ? "rgb(255 138 128 / 30%)" : tone(sample);
      context.fillRect(x, height * (1 - share), Math.max(1, step - 1), height * share);
    }
    context.fillStyle = "rgb(151 162 200 / 90%)";
    context.font = "10px system-ui, sans-serif";
    context.fillText(`${Math.round(topMs)} ms`, 0, 9);
  }
}

function tone(rttMs: number): string {
  if (rttMs < 80) return "#58d3a3";
  return rttMs < 250 ? "#f0b35c" : "#ff8b80";
}
